# A test program may take this long; the sanitizers make it several times slower.
set(test_seconds_max 300)
if(BOATHOUSE_SANITIZE)
  set(test_seconds_max 1200)
endif()

# boathouse_module(<folder> [DEPS <module>...] [LIBS <target>...])
#
# Makes a static library of src/<folder>/**/*.cc and, when there are *_test.cc files, a doctest program <folder>_test
# that ctest knows. Slashes become underscores: surfaces/rest is the library boathouse_surfaces_rest and the program
# surfaces_rest_test. New files are picked up by the next build. A module without files is an empty interface.
function(boathouse_module folder)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(library boathouse_${name})

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  # A program's main() stays out of the library, or its tests would have two.
  list(FILTER sources EXCLUDE REGEX "/src/app/main\\.cc$")

  set(dependencies "")
  foreach(dependency IN LISTS arg_DEPS)
    string(REPLACE "/" "_" dependency ${dependency})
    list(APPEND dependencies boathouse_${dependency})
  endforeach()

  if(sources)
    add_library(${library} STATIC ${sources})
    target_link_libraries(${library} PUBLIC boathouse_flags ${dependencies} PRIVATE ${arg_LIBS} Threads::Threads)
  else()
    add_library(${library} INTERFACE)
    target_link_libraries(${library} INTERFACE boathouse_flags ${dependencies})
  endif()

  if(tests)
    add_executable(${name}_test ${tests} $<TARGET_OBJECTS:boathouse_test_main>)
    target_link_libraries(${name}_test PRIVATE ${library} ${arg_LIBS} Threads::Threads deps::doctest)
    set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    add_dependencies(${name}_test boathouse_runtime)
    add_test(NAME ${name}_test COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(
      ${name}_test
      PROPERTIES
        TIMEOUT ${test_seconds_max}
        LABELS unit
        ENVIRONMENT LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/sanitizers/leaks.txt:print_suppressions=0
    )
  endif()
endfunction()

# doctest's main(), compiled once for all test programs.
add_library(boathouse_test_main OBJECT ${CMAKE_SOURCE_DIR}/tests/doctest_main.cc)
target_link_libraries(boathouse_test_main PRIVATE boathouse_flags deps::doctest)

# boathouse_program(<name> MODULE <folder>): the executable build/<preset>/<name> from src/<folder>/main.cc; nothing
# while that file is not there.
function(boathouse_program name)
  cmake_parse_arguments(arg "" "MODULE" "" ${ARGN})
  file(GLOB main CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${arg_MODULE}/main.cc)
  if(NOT main)
    return()
  endif()
  string(REPLACE "/" "_" module ${arg_MODULE})
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE boathouse_${module} Threads::Threads)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  add_dependencies(${name} boathouse_runtime)
endfunction()
