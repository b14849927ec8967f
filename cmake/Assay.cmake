# The helpers every CMakeLists.txt of this tree uses.
#
#   assay_library(NAME common_errors SOURCES errors.cc DEPS assay::messages absl::status [GRPC])
#   assay_executable(NAME assay-framework SOURCES main.cc DEPS assay::framework_api [GRPC])
#   assay_test(NAME common_errors_errors_test SOURCES errors_test.cc DEPS assay::common_errors
#              [GRPC] [LABELS unit] [RESOURCE_LOCK redis] [TIMEOUT 60] [ENVIRONMENT A=B] [NEEDS assay])
#   assay_script_test(NAME install_test COMMAND bash tests/install/run.sh [NEEDS assay_proto] ...)
#   assay_benchmark(NAME model_bench SOURCES model_bench.cc DEPS assay::common_model)
#   assay_fuzzer(NAME model_fuzz SOURCES model_fuzz.cc DEPS assay::common_model [CORPUS dir])
#
# A library NAME makes the target assay_NAME and the alias assay::NAME; without a .cc source it is
# an interface library. GRPC says that the target's own sources include gRPC: it links gRPC and
# shares its precompiled header. Whatever depends on a GRPC target, at any distance, is left out
# where ASSAY_GRPC is off (the tsan preset). DEPS may name a target that is declared later.
# Executables, tests and benchmarks land in build/<preset>/bin.
#
# Labels: unit (default), redis (starts a redis-server), postgresql (starts a
# PostgreSQL), integration (starts services), data (reads
# the shared data, skips without it), nightly (long; left out of a usual run). A test that reaches no
# gRPC gets the label asan too, and one of those that starts threads, itself or in a library, the
# label threads: .ci/run takes them through the sanitizers. NEEDS names the targets that the test runs. A test runs in the repository's root with ASSAY_SOURCE_DIR and ASSAY_BIN_DIR.

define_property(GLOBAL PROPERTY ASSAY_TARGETS BRIEF_DOCS "Targets made by the helpers")
define_property(GLOBAL PROPERTY ASSAY_TESTS BRIEF_DOCS "Tests to register at the end")

# Targets of ours by the name DEPS uses: assay::x is assay_x, everything else is itself.
function(assay_resolve dep out)
  if(dep MATCHES "^assay::(.+)$")
    set(${out} "assay_${CMAKE_MATCH_1}" PARENT_SCOPE)
  else()
    set(${out} "${dep}" PARENT_SCOPE)
  endif()
endfunction()

# Notes a target in the graph that assay_finish() walks. Reads ARG_SOURCES of its caller.
function(assay_register target grpc)
  set_property(GLOBAL APPEND PROPERTY ASSAY_TARGETS ${target})
  set(deps "")
  foreach(dep IN LISTS ARGN)
    assay_resolve("${dep}" resolved)
    list(APPEND deps "${resolved}")
  endforeach()
  set_property(GLOBAL PROPERTY ASSAY_DEPS_${target} "${deps}")
  set_property(GLOBAL PROPERTY ASSAY_GRPC_${target} "${grpc}")
  file(RELATIVE_PATH room ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(GLOBAL PROPERTY ASSAY_ROOM_${target} "${room}")
  # TSan is for what starts threads; found by what the sources say, lest one forgets a label.
  foreach(source IN LISTS ARG_SOURCES)
    cmake_path(ABSOLUTE_PATH source)
    if(NOT EXISTS ${source})
      continue() # generated, and so no thread of ours
    endif()
    file(STRINGS ${source} threads LIMIT_COUNT 1 REGEX "std::(j?thread|async)|<thread>|pthread_create")
    if(threads)
      set_property(GLOBAL PROPERTY ASSAY_THREADS_${target} TRUE)
    endif()
  endforeach()
endfunction()

# The precompiled headers: parsing what nearly every source includes was some 30 % of its compile time.
# One for sources with gRPC (a folder may set ASSAY_GRPC_PCH to one of its own), one for the rest, and
# the same for tests; a source still includes what it uses, since clang-tidy reads it without them.
set(ASSAY_GRPC_PCH assay_grpc_pch)
function(assay_precompile_headers)
  set(common <google/protobuf/message.h> <absl/container/flat_hash_map.h> <absl/status/statusor.h>
             <absl/strings/str_cat.h> <absl/strings/str_format.h> <absl/strings/str_join.h>
             <absl/strings/str_split.h> <absl/time/clock.h> <absl/types/span.h> <algorithm> <functional>
             <map> <memory> <mutex> <optional> <string> <thread> <utility> <vector>)
  set(protobuf <google/protobuf/descriptor.h> <google/protobuf/map.h> <google/protobuf/text_format.h>
               <google/protobuf/timestamp.pb.h>)
  assay_precompile(assay_base_pch protobuf::libprotobuf ${common} ${protobuf})
  if(ASSAY_GRPC)
    assay_precompile(assay_grpc_pch gRPC::grpc++ <grpcpp/grpcpp.h> ${common})
  endif()
  if(TARGET GTest::gtest)
    set(test ${common} <gmock/gmock.h> <gtest/gtest.h> <filesystem> <fstream>)
    assay_precompile(assay_test_pch "GTest::gmock;protobuf::libprotobuf" ${test} ${protobuf})
    target_compile_options(assay_test_pch PRIVATE ${ASSAY_TEST_OPTIONS})
    if(ASSAY_GRPC)
      assay_precompile(assay_grpc_test_pch "GTest::gmock;gRPC::grpc++" ${test} <grpcpp/grpcpp.h>)
      target_compile_options(assay_grpc_test_pch PRIVATE ${ASSAY_TEST_OPTIONS})
    endif()
  endif()
endfunction()

function(assay_precompile target libraries)
  add_library(${target} STATIC ${CMAKE_SOURCE_DIR}/cmake/pch/pch.cc)
  target_link_libraries(${target} PRIVATE assay_flags ${libraries})
  target_precompile_headers(${target} PRIVATE ${ARGN})
endfunction()

# What library, executable and test have in common; TEST as the last argument says that it is a test.
function(assay_configure target grpc deps)
  target_link_libraries(${target} PRIVATE assay_flags)
  set(pch assay_base_pch)
  if("${ARGN}" STREQUAL TEST)
    target_compile_options(${target} PRIVATE ${ASSAY_TEST_OPTIONS})
    set(pch assay_test_pch)
  endif()
  if(grpc)
    target_link_libraries(${target} PUBLIC gRPC::grpc++ Threads::Threads)
    set(pch ${ASSAY_GRPC_PCH})
    if("${ARGN}" STREQUAL TEST)
      set(pch assay_grpc_test_pch)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
  target_link_libraries(${target} PUBLIC ${deps})
  if(TARGET assay_tsan_locks)
    target_link_libraries(${target} PRIVATE assay_tsan_locks)
  endif()
endfunction()

# Sets `skip` in the caller: a GRPC target where gRPC is off. It is only noted, never made.
macro(assay_skip_grpc target)
  set(skip FALSE)
  if(ARG_GRPC AND NOT ASSAY_GRPC)
    set_property(GLOBAL PROPERTY ASSAY_ABSENT_${target} TRUE)
    set(skip TRUE)
  endif()
endmacro()

function(assay_library)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "NAME" "SOURCES;DEPS")
  assay_check_arguments(assay_library)
  set(target assay_${ARG_NAME})
  assay_skip_grpc(${target})
  if(skip)
    return()
  endif()
  set(compiled ${ARG_SOURCES})
  list(FILTER compiled INCLUDE REGEX "\\.(cc|c|S)$")
  if(compiled)
    add_library(${target} STATIC ${ARG_SOURCES})
    assay_configure(${target} "${ARG_GRPC}" "${ARG_DEPS}")
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} INTERFACE ${ARG_DEPS})
    if(ARG_GRPC)
      target_link_libraries(${target} INTERFACE gRPC::grpc++ Threads::Threads)
    endif()
  endif()
  add_library(assay::${ARG_NAME} ALIAS ${target})
  assay_register(${target} "${ARG_GRPC}" ${ARG_DEPS})
endfunction()

function(assay_executable)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC;NO_INSTALL" "NAME" "SOURCES;DEPS")
  assay_check_arguments(assay_executable)
  assay_skip_grpc(${ARG_NAME})
  if(skip)
    return()
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  assay_configure(${ARG_NAME} "${ARG_GRPC}" "${ARG_DEPS}")
  assay_register(${ARG_NAME} "${ARG_GRPC}" ${ARG_DEPS})
  if(NOT ARG_NO_INSTALL)
    install(TARGETS ${ARG_NAME} RUNTIME COMPONENT programs)
  endif()
endfunction()

function(assay_test)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "NAME;TIMEOUT"
                        "SOURCES;DEPS;LABELS;RESOURCE_LOCK;ENVIRONMENT;ARGS;NEEDS")
  assay_check_arguments(assay_test)
  assay_skip_grpc(${ARG_NAME})
  if(skip OR NOT TARGET GTest::gtest)
    return()
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  assay_configure(${ARG_NAME} "${ARG_GRPC}" "${ARG_DEPS}" TEST)
  target_link_libraries(${ARG_NAME} PRIVATE GTest::gmock GTest::gtest GTest::gtest_main)
  assay_register(${ARG_NAME} "${ARG_GRPC}" ${ARG_DEPS})
  assay_register_test(${ARG_NAME} "$<TARGET_FILE:${ARG_NAME}>" ${ARG_ARGS})
  set_property(GLOBAL PROPERTY ASSAY_TEST_BUILDS_${ARG_NAME} ${ARG_NAME})
endfunction()

# A test that is a script: NAME, COMMAND, and what assay_test takes. Runs from the source root.
function(assay_script_test)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "NAME;TIMEOUT"
                        "COMMAND;LABELS;RESOURCE_LOCK;ENVIRONMENT;NEEDS")
  assay_check_arguments(assay_script_test)
  assay_skip_grpc(${ARG_NAME})
  if(NOT skip)
    assay_register_test(${ARG_NAME} ${ARG_COMMAND})
  endif()
endfunction()

# Keeps a test for assay_finish(); reads the ARG_ variables of its caller.
function(assay_register_test name)
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_TESTS ${name})
  set_property(GLOBAL PROPERTY ASSAY_TEST_COMMAND_${name} "${ARGN}")
  foreach(key LABELS TIMEOUT RESOURCE_LOCK ENVIRONMENT NEEDS)
    set_property(GLOBAL PROPERTY ASSAY_TEST_${key}_${name} "${ARG_${key}}")
  endforeach()
endfunction()

function(assay_benchmark)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "NAME" "SOURCES;DEPS")
  assay_check_arguments(assay_benchmark)
  assay_skip_grpc(${ARG_NAME})
  if(skip OR NOT TARGET benchmark::benchmark)
    return()
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  assay_configure(${ARG_NAME} "${ARG_GRPC}" "${ARG_DEPS}")
  target_link_libraries(${ARG_NAME} PRIVATE benchmark::benchmark)
  assay_register(${ARG_NAME} "${ARG_GRPC}" ${ARG_DEPS})
endfunction()

function(assay_fuzzer)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "NAME;CORPUS" "SOURCES;DEPS")
  assay_check_arguments(assay_fuzzer)
  if(NOT ASSAY_FUZZ)
    return()
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  assay_configure(${ARG_NAME} "${ARG_GRPC}" "${ARG_DEPS}")
  target_link_options(${ARG_NAME} PRIVATE -fsanitize=fuzzer)
  assay_register(${ARG_NAME} "${ARG_GRPC}" ${ARG_DEPS})
  add_dependencies(assay_fuzzers ${ARG_NAME})
  # .ci/run reads this list: name, then the folder of seeds or nothing.
  set(corpus "")
  if(ARG_CORPUS)
    cmake_path(ABSOLUTE_PATH ARG_CORPUS OUTPUT_VARIABLE corpus)
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY ASSAY_FUZZERS "${ARG_NAME} ${corpus}\n")
endfunction()

if(ASSAY_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "ASSAY_FUZZ needs clang, got ${CMAKE_CXX_COMPILER_ID}: use the preset fuzz")
  endif()
  add_custom_target(assay_fuzzers)
  # Coverage instrumentation for every target, the fuzzer's own main only for the fuzzers.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Refuses a call with a misspelt keyword, without a name or with an unsorted list of sources.
macro(assay_check_arguments helper)
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${helper}: got ${ARG_UNPARSED_ARGUMENTS}, want one of its keywords")
  endif()
  if(NOT ARG_NAME)
    message(FATAL_ERROR "${helper}: NAME is missing")
  endif()
  set(sorted ${ARG_SOURCES})
  list(SORT sorted)
  if(NOT "${sorted}" STREQUAL "${ARG_SOURCES}")
    message(FATAL_ERROR "${helper}(${ARG_NAME}): SOURCES got ${ARG_SOURCES}, want them sorted: ${sorted}")
  endif()
endmacro()

include(AssayRooms)
