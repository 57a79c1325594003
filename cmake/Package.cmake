# `cmake --build --preset release --target ml-analytics --target package`: build/release/ml-analytics_<version>_<arch>.deb.
set(CMAKE_SKIP_PACKAGE_ALL_DEPENDENCY ON) # tests and benches are not packed
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};ml-analytics;Unspecified;/") # nor is the library (Install.cmake)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ml-analytics)
set(CPACK_PACKAGE_VENDOR "ML Analytics")
set(CPACK_PACKAGE_CONTACT "ML Analytics <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "music-intelligence engine: analyses, learns, recommends, answers over REST")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libmongoc-1.0-0")
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(debian ${PROJECT_SOURCE_DIR}/deploy/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

install(FILES ${debian}/config.yaml DESTINATION /etc/ml-analytics)
install(FILES ${debian}/ml-analytics.service DESTINATION lib/systemd/system)
install(FILES ${debian}/copyright DESTINATION share/doc/ml-analytics)
# Notices of what is built in from npm; not there where npm was not.
set(npm ${PROJECT_BINARY_DIR}/src/front/http/api-docs/node_modules)
install(FILES ${npm}/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt ${npm}/redoc/bundles/redoc.standalone.js.LICENSE.txt
        DESTINATION share/doc/ml-analytics OPTIONAL)
include(CPack)
