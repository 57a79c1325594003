#pragma once

#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/security/principals.h"

namespace mla::security {

// Columns that read_principal takes, of a table called p.
inline constexpr std::string_view kPrincipalColumns = "p.id, p.name, p.role, p.listener, p.disabled, p.created";

// The principal of a row that begins with kPrincipalColumns; kCorrupt for a role that is none.
base::Result<Principal> read_principal(const store::Statement& row);

}  // namespace mla::security
