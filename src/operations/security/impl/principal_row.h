#pragma once

#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/security/principals.h"

namespace mla::security {

// Columns that read_principal takes, of a table called p.
inline constexpr std::string_view kPrincipalColumns = "p.id, p.name, p.role, p.listener, p.disabled, p.created";

// The principal of a row that begins with kPrincipalColumns; kCorrupt for a role that is none.
base::Result<Principal> read_principal(const store::Statement& row);

// Runs a change with this one parameter.
base::Status run_for(store::Connection& connection, std::string_view sql, std::string_view value);

// Somebody has to be able to let others in again.
base::Error no_admin_left();

}  // namespace mla::security
