# How everything is compiled: standard, optimisation, sanitizers, ccache, linker.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# gRPC asks for it of whoever links it, and a precompiled header serves only sources that agree on it.
add_compile_options(-pthread)

# All executables in one place; libraries in another, so that bin/ lists what one can run.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()

# -g1 keeps function names and lines for backtraces at a fraction of the object size of -g.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
# What a test itself is compiled with; what it tests is as optimised as ever. Most of a test's code runs
# once, so that optimising it costs more than it saves: a fifth of its compile time, half under clang's ASan.
set(ASSAY_TEST_OPTIONS -O0)

if(ASSAY_SANITIZE)
  add_compile_options(-fsanitize=${ASSAY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ASSAY_SANITIZE})
  if(ASSAY_SANITIZE MATCHES "undefined")
    # A finding ends the test: a printed line that nobody reads is no check.
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()

find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE)
  # The base directory makes paths relative, so that two checkouts share their results. The
  # sloppiness is what ccache asks for before it touches anything with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${ASSAY_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()

find_program(ASSAY_MOLD mold)
find_program(ASSAY_LLD ld.lld)
if(ASSAY_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(ASSAY_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# What only our own sources get: the warnings, and includes from the repository's root.
add_library(assay_flags INTERFACE)
target_include_directories(assay_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(
  assay_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wextra-semi
                        -Wimplicit-fallthrough -Wformat=2)
if(ASSAY_WERROR)
  target_compile_options(assay_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside its own std::string and std::optional once it inlines them.
  target_compile_options(assay_flags INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict
                                               -Wno-stringop-overflow)
endif()

if(ASSAY_SANITIZE STREQUAL "thread")
  # Debian's Abseil hides its locks from TSan; cmake/tsan/absl_mutex.cc shows them.
  foreach(
    symbol
    5MutexD1Ev
    5Mutex4LockEv
    5Mutex6UnlockEv
    5Mutex7TryLockEv
    5Mutex10ReaderLockEv
    5Mutex12ReaderUnlockEv
    5Mutex8LockWhenERKNS0_9ConditionE
    5Mutex5AwaitERKNS0_9ConditionE
    5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE
    5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE
    7CondVar4WaitEPNS0_5MutexE
    7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE
    7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE)
    add_link_options(-Wl,--wrap=_ZN4absl7debian3${symbol})
  endforeach()
  find_package(absl CONFIG REQUIRED)
  add_library(assay_tsan_locks STATIC ${CMAKE_SOURCE_DIR}/cmake/tsan/absl_mutex.cc)
  target_link_libraries(assay_tsan_locks PUBLIC absl::synchronization absl::time)
endif()
