#include "support/web_programs.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace picket::test {
namespace {

std::string with_credentials(const std::string& scheme, const std::string& credentials, int port) {
  return scheme + "://" + credentials + (credentials.empty() ? "" : "@") +
         "127.0.0.1:" + std::to_string(port);
}

void run(const std::vector<std::string>& command, const std::string& output_file) {
  ChildProcess process(command, output_file);
  if (process.wait() != 0) throw std::runtime_error(command[0] + ": " + process.output());
}

std::string nginx_settings(const ScratchFolder& folder, const Certificates& certificates,
                           const NginxOptions& options, int port) {
  std::ostringstream text;
  text << "daemon off; master_process off; worker_processes 1; pid " << folder.path("pid")
       << ";\nerror_log " << folder.path("error.log") << ";\nevents {}\nhttp {\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text << kind << "_temp_path " << folder.path(kind) << ";\n";
  }
  text << "log_format lines '$server_protocol $connection $ssl_client_verify $status "
          "$request_uri';\n"
       << "access_log " << folder.path("access.log") << " lines;\n"
       << "keepalive_requests " << options.requests_per_connection << ";\n"
       << "server {\nlisten 127.0.0.1:" << port << " ssl" << (options.http2 ? " http2" : "")
       << ";\nssl_certificate " << certificates.certificate(options.certificate_for)
       << ";\nssl_certificate_key " << certificates.key(options.certificate_for)
       << ";\nssl_protocols " << options.tls << ";\nssl_ciphers DEFAULT@SECLEVEL=0;\n";
  if (options.verify_client) {
    text << "ssl_verify_client on; ssl_client_certificate " << certificates.authority() << ";\n";
  }
  text << "location / { ";
  if (options.origin_port > 0) {
    text << "proxy_http_version 1.1; proxy_redirect off; proxy_pass http://127.0.0.1:"
         << options.origin_port << ";";
  } else {
    text << "return 200 '{}';";
  }
  text << " }\n}\n}\n";
  return text.str();
}

}  // namespace

Certificates::Certificates() {
  run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-subj", "/CN=picket test authority", "-days", "2", "-keyout", key("ca"), "-out",
       authority()},
      folder_.path("output"));
  sign("server", "DNS:localhost,IP:127.0.0.1");
  sign("elsewhere", "DNS:elsewhere.invalid");
  sign("client", "DNS:client.invalid");
  folder_.write("both.pem", read_file(client_certificate()) + read_file(client_key()));
  run({"openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", client_key(), "-out",
       encrypted_key()},
      folder_.path("output"));
}

void Certificates::sign(const std::string& name, const std::string& hosts) const {
  run({"openssl",
       "req",
       "-x509",
       "-newkey",
       "ec",
       "-pkeyopt",
       "ec_paramgen_curve:P-256",
       "-nodes",
       "-subj",
       "/CN=" + name,
       "-days",
       "2",
       "-CA",
       authority(),
       "-CAkey",
       key("ca"),
       "-addext",
       "basicConstraints=critical,CA:FALSE",
       "-addext",
       "subjectAltName=" + hosts,
       "-keyout",
       key(name),
       "-out",
       certificate(name)},
      folder_.path("output"));
}

Nginx::Nginx(const Certificates& certificates, const NginxOptions& options) {
  started_ = start_on_a_port(
      [&](int port) {
        const std::string settings =
            folder_.write("nginx.conf", nginx_settings(folder_, certificates, options, port));
        return std::vector<std::string>{"nginx",  "-p", folder_.path(""),         "-c",
                                        settings, "-e", folder_.path("error.log")};
      },
      folder_.path("output"));
}

std::vector<Nginx::Access> Nginx::await_access(std::size_t count) const {
  std::vector<Access> found;
  eventually([&] {
    found.clear();
    std::istringstream lines(read_file(folder_.path("access.log")));
    for (Access line;
         lines >> line.protocol >> line.connection >> line.client >> line.status >> line.path;) {
      found.push_back(line);
    }
    return found.size() >= count;
  });
  return found;
}

HttpProxy::HttpProxy(const std::string& credentials) {
  std::string auth = credentials;
  if (!auth.empty()) auth = "BasicAuth " + auth.replace(auth.find(':'), 1, " ") + "\n";
  started_ = start_on_a_port(
      [&](int port) {
        const std::string settings = folder_.write(
            "tinyproxy.conf", "Port " + std::to_string(port) +
                                  "\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nLogLevel Info\n"
                                  "LogFile \"" +
                                  folder_.path("log") + "\"\n" + auth);
        return std::vector<std::string>{"tinyproxy", "-d", "-c", settings};
      },
      folder_.path("output"));
}

std::string HttpProxy::url(const std::string& credentials) const {
  return with_credentials("http", credentials, started_.port);
}

bool HttpProxy::saw(const std::string& text) const {
  return eventually([&] { return read_file(folder_.path("log")).find(text) != std::string::npos; });
}

SocksProxy::SocksProxy(const std::string& credentials) {
  const std::size_t colon = credentials.find(':');
  started_ = start_on_a_port(
      [&](int port) {
        return std::vector<std::string>{"microsocks",
                                        "-i",
                                        "127.0.0.1",
                                        "-p",
                                        std::to_string(port),
                                        "-u",
                                        credentials.substr(0, colon),
                                        "-P",
                                        credentials.substr(colon + 1)};
      },
      folder_.path("output"));
}

std::string SocksProxy::url(const std::string& scheme, const std::string& credentials) const {
  return with_credentials(scheme, credentials, started_.port);
}

bool SocksProxy::saw(const std::string& text) const {
  return eventually([&] { return started_.process->output().find(text) != std::string::npos; });
}

}  // namespace picket::test
