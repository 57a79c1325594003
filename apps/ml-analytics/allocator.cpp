// What jemalloc reads before main. Address space that is not used goes back to the system, so that the limits of
// workers and jobs (RLIMIT_AS, RLIMIT_DATA) count what is used. Where another allocator is linked nobody reads it.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "retain:false";
}
