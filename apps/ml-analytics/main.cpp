#include "apps/ml-analytics/call.h"
#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "learning/plugins/host.h"
#include "serving/analysis/worker.h"

// The table of contents. Invariants: data goes to stdout and nothing else does; whatever goes wrong is one line on
// stderr; exit codes are 0 done, 1 the work failed, 2 the words of the call are off. Commands never throw on bad
// input; what still arrives here is a mistake of ours and is reported as such.
int main(int argc, char** argv) {
  using namespace mla::apps;
  // Our own worker process, started by `analyze`: not a command of the user's.
  if (argc == 2 && argv[1] == mla::analysis::kWorkerWord)
    return mla::analysis::worker_main(mla::analysis::kWorkerSocket);
  // The same with a plugin in it, started by whatever uses its model.
  if (argc == 2 && argv[1] == mla::plugins::kHostWord) mla::plugins::host_main(mla::plugins::kHostSocket);
  watch_signals();
  try {
    const Call call = read_call(argc, argv);
    if (call.exit_code) return *call.exit_code;
    if (call.serve) return run(*call.serve);
    if (call.import) return run(*call.import);
    if (call.recommend) return run(*call.recommend);
    if (call.similar) return run(*call.similar);
    if (call.train) return run(*call.train);
    if (call.evaluate) return run(*call.evaluate);
    if (call.features) return run(*call.features);
    if (call.analyze) return run(*call.analyze);
    if (call.fingerprint_index) return run(*call.fingerprint_index);
    if (call.fingerprint_identify) return run(*call.fingerprint_identify);
    if (call.fingerprint_duplicates) return run(*call.fingerprint_duplicates);
    if (call.matches) return run(*call.matches);
    if (call.tags) return run(*call.tags);
    if (call.models) return run(*call.models);
    if (call.experiments) return run(*call.experiments);
    if (call.jobs) return run(*call.jobs);
    if (call.schedule) return run(*call.schedule);
    if (call.archive) return run(*call.archive);
    if (call.job_worker) return run(*call.job_worker);
    if (call.user) return run(*call.user);
    if (call.token) return run(*call.token);
    if (call.audit) return run(*call.audit);
    if (call.secrets) return run(*call.secrets);
    if (call.migrate) return run(*call.migrate);
    if (call.config) return run(*call.config);
  } catch (const mla::base::Failure& failure) {
    return fail(failure.error());
  } catch (const std::bad_alloc&) {
    return fail({mla::base::ErrorCode::kTooLarge, "out of memory: give the program more, or less data"});
  } catch (const std::exception& error) {
    return fail({mla::base::ErrorCode::kInternal, std::string("internal error, please report it: ") + error.what()});
  }
  return kWordsAreOff;
}
