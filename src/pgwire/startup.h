// The first packets of a connection: TLS and GSS are declined, a cancel request is carried out, and
// a startup packet names user and database. Nobody is asked for a password: the port is of this
// machine.
#pragma once
#include <optional>
#include <string>

#include "pgwire/sessions.h"
#include "pgwire/wire.h"

namespace weir::pgwire {

struct Login {
  std::string user;
  std::string database;
  std::string application;
};

// nullopt: the connection is over (a cancel request, or the client left). An error is for the
// client.
Result<std::optional<Login>> read_login(Wire& wire, Sessions& sessions);

// What a client hears of a session before its first statement.
void append_greeting(std::string& out, const Login& login, const SessionKey& key);

}  // namespace weir::pgwire
