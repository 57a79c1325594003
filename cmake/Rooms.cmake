# Reads src/rooms.txt and offers mla_room(), which a room's CMakeLists.txt calls in one line.

# mla_read_rooms(): for each room sets MLA_FLOOR_<room> and MLA_USES_<room>, and the list MLA_ROOMS in building order.
function(mla_read_rooms)
  file(STRINGS ${PROJECT_SOURCE_DIR}/src/rooms.txt lines REGEX "^(floor|room) ")
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
               ${PROJECT_SOURCE_DIR}/src/rooms.txt)
  set(rooms "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "[ \t]+" ";" words "${line}")
    list(POP_FRONT words kind name)
    if(kind STREQUAL "floor")
      set(floor ${name})
      set(below ${words})
      continue()
    endif()
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/src/${floor}/${name}/CMakeLists.txt)
      continue()
    endif()
    set(uses ${words})
    foreach(lower IN LISTS below)
      list(APPEND uses ${rooms_of_${lower}})
    endforeach()
    list(APPEND rooms_of_${floor} ${name})
    list(APPEND rooms ${name})
    set(MLA_FLOOR_${name} ${floor} PARENT_SCOPE)
    set(MLA_USES_${name} "${uses}" PARENT_SCOPE)
  endforeach()
  set(MLA_ROOMS ${rooms} PARENT_SCOPE)
endfunction()

# mla_room([PUBLIC library...] [PRIVATE library...] [TEST library...]): the library mla_<room> of every *.cpp here but
# tests/, linked to the rooms that the table allows and to the given libraries; tests/*_test.cpp become
# mla_<room>_tests, which also links TEST.
function(mla_room)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;TEST" ${ARGN})
  get_filename_component(room ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  list(FILTER sources EXCLUDE REGEX "/tests/")
  add_library(mla_${room} STATIC ${sources})
  set_target_properties(mla_${room} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(mla_${room} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_link_libraries(mla_${room} PUBLIC ${ARG_PUBLIC} PRIVATE mla_options ${ARG_PRIVATE})
  foreach(used IN LISTS MLA_USES_${room})
    if(used IN_LIST MLA_ROOMS)
      target_link_libraries(mla_${room} PUBLIC mla_${used})
    endif()
  endforeach()

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  list(FILTER tests INCLUDE REGEX "/tests/")
  if(MLA_BUILD_TESTS AND tests)
    add_executable(mla_${room}_tests ${tests})
    target_link_libraries(mla_${room}_tests PRIVATE mla_${room} mla_options ${ARG_TEST} GTest::gmock GTest::gtest_main)
    mla_add_gtest(${room} mla_${room}_tests)
  endif()
endfunction()

# mla_add_gtest(name target): one entry of ctest for each half of the tests, instead of one process a test. Each leaves
# its single results in test-results/, where tools/test_summary.py counts them.
function(mla_add_gtest name target)
  add_dependencies(mla_room_tests ${target})
  set(shards 2)
  foreach(shard RANGE 1 ${shards})
    math(EXPR index "${shard} - 1")
    set(entry ${name}.${shard})
    add_test(NAME ${entry} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${entry} PROPERTIES
      TIMEOUT 600 LABELS room
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${index};GTEST_OUTPUT=xml:${MLA_TEST_RESULTS}/${entry}.xml")
  endforeach()
endfunction()

# mla_add_python_test(file [label...]): one entry of ctest for a file of Python unittests; its single results are
# counted likewise. The tests find the program in MLA_PROGRAM.
function(mla_add_python_test file)
  get_filename_component(entry ${file} NAME_WE)
  set(sanitized 0)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    set(sanitized 1)
  endif()
  add_test(NAME ${entry} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
           COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/run_unittests.py ${CMAKE_CURRENT_SOURCE_DIR}/${file}
                   ${MLA_TEST_RESULTS}/${entry}.xml)
  set_tests_properties(${entry} PROPERTIES TIMEOUT 1200 LABELS "${ARGN}"
                       ENVIRONMENT "MLA_PROGRAM=${PROJECT_BINARY_DIR}/ml-analytics;MLA_SANITIZED=${sanitized};PYTHONDONTWRITEBYTECODE=1")
endfunction()
