# The engine as a library: `cmake --install build/release --component dev --prefix DIR`, then in another project
# `find_package(MLAnalytics)` and `target_link_libraries(it PRIVATE MLAnalytics::engine MLAnalytics::sqlite)`.
# Static archives and the rooms' public headers, included as here: "front/engine/engine.h". Not part of the .deb.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(libraries mla_options)
foreach(room IN LISTS MLA_ROOMS)
  list(APPEND libraries mla_${room})
  set_target_properties(mla_${room} PROPERTIES EXPORT_NAME ${room})
endforeach()
set_target_properties(mla_options PROPERTIES EXPORT_NAME options)

# Of a plugin (docs/plugins.md): one header, nothing to link.
add_library(mla_plugin INTERFACE)
target_include_directories(mla_plugin INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/mlanalytics>)
set_target_properties(mla_plugin PROPERTIES EXPORT_NAME plugin)
list(APPEND libraries mla_plugin)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/MLAnalytics)
install(TARGETS ${libraries} EXPORT MLAnalyticsTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mlanalytics)
install(EXPORT MLAnalyticsTargets NAMESPACE MLAnalytics:: DESTINATION ${package} COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mlanalytics COMPONENT dev
        FILES_MATCHING PATTERN "*.h" PATTERN impl EXCLUDE PATTERN tests EXCLUDE)
configure_package_config_file(cmake/MLAnalyticsConfig.cmake.in ${PROJECT_BINARY_DIR}/MLAnalyticsConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/MLAnalyticsConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/MLAnalyticsConfig.cmake ${PROJECT_BINARY_DIR}/MLAnalyticsConfigVersion.cmake
              cmake/Dependencies.cmake DESTINATION ${package} COMPONENT dev)
