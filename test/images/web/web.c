/*
 * A server whose every behaviour can be asked for, for tests of the life of a pod.
 *
 * Environment:
 *   PORT             HTTP port (8080)
 *   GRPC_PORT        port of grpc.health.v1.Health; none when absent
 *   UDP_PORT         port that answers datagrams with the host's name; none when absent
 *   START_MS         listens only after this long
 *   READY_AFTER_MS   /heartbeat fails for this long after the start
 *   DRAIN_MS         after SIGTERM, accepts for this long (0), then finishes what it began, then exits
 *   IGNORE_TERM      does not react to SIGTERM when set
 *   EXIT_CODE        exit code after draining (0)
 *   RUN_MS           exits by itself after this long, with EXIT_CODE
 *
 * Requests (any method):
 *   /                the host's name
 *   /heartbeat       200 when ready, else 503; /ready/on and /ready/off change it
 *   /slow?ms=N       answers after N ms
 *   /exit?code=N     answers, then exits
 *   /crash           dies of SIGSEGV
 *   /memory?mb=N     touches N more MiB and keeps them
 *   /log?text=WORD   writes a line to stdout
 *   /env?name=NAME   a variable of the environment
 *   /file?path=PATH  a file
 *   /headers         the request as it came
 *   /count           requests served so far, this one included
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { request_limit = 16 * 1024, frame_limit = 16 * 1024 };

static atomic_int in_flight, served, draining, readiness = -1;
static long started_ms, ready_after_ms;
static int wake_pipe[2];

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long number(const char *name, long otherwise) {
  const char *value = getenv(name);
  return value && *value ? atol(value) : otherwise;
}

static void pause_ms(long ms) {
  struct timespec left = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&left, &left) && errno == EINTR) {
  }
}

static void say(const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof line - 2) length = sizeof line - 2;
  line[length++] = '\n';
  if (write(1, line, length) < 0) return;
}

static int is_ready(void) {
  int asked = readiness;
  return asked >= 0 ? asked : now_ms() - started_ms >= ready_after_ms;
}

static int send_all(int socket, const void *bytes, size_t length) {
  for (size_t sent = 0; sent < length;) {
    ssize_t n = send(socket, (const char *)bytes + sent, length - sent, MSG_NOSIGNAL);
    if (n <= 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    sent += n;
  }
  return 0;
}

static int read_all(int socket, void *bytes, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t n = recv(socket, (char *)bytes + got, length - got, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    got += n;
  }
  return 0;
}

/* ---- HTTP/1.1 */

static int answer(int socket, int status, const char *body, size_t length, int keep) {
  char head[256];
  const char *reason = status == 200 ? "OK" : status == 404 ? "Not Found" : "Service Unavailable";
  int n = snprintf(head, sizeof head,
                   "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                   "Connection: %s\r\n\r\n",
                   status, reason, length, keep ? "keep-alive" : "close");
  if (send_all(socket, head, n)) return -1;
  return send_all(socket, body, length);
}

static int answer_text(int socket, int status, const char *text, int keep) {
  return answer(socket, status, text, strlen(text), keep);
}

/* The value of a query's parameter, empty when absent. */
static void parameter(const char *target, const char *name, char *value, size_t size) {
  value[0] = 0;
  const char *query = strchr(target, '?');
  size_t length = strlen(name);
  while (query) {
    query++;
    if (!strncmp(query, name, length) && query[length] == '=') {
      snprintf(value, size, "%.*s", (int)strcspn(query + length + 1, "&"), query + length + 1);
      return;
    }
    query = strchr(query, '&');
  }
}

static void touch_memory(long mb) {
  /* volatile: a compiler would drop writes that nobody reads */
  volatile char *memory = malloc(mb << 20);
  for (long at = 0; memory && at < mb << 20; at += 4096) memory[at] = 1;
}

static int is_path(const char *target, const char *path) {
  size_t length = strlen(path);
  return !strncmp(target, path, length) && (target[length] == 0 || target[length] == '?');
}

static int answer_file(int socket, const char *path, int keep) {
  static const size_t limit = 1 << 20;
  FILE *file = fopen(path, "r");
  char *bytes = file ? malloc(limit) : NULL;
  if (!bytes) {
    if (file) fclose(file);
    return answer_text(socket, 404, "no such file\n", keep);
  }
  size_t length = fread(bytes, 1, limit, file);
  fclose(file);
  int result = answer(socket, 200, bytes, length, keep);
  free(bytes);
  return result;
}

static int respond(int socket, const char *target, const char *request, int keep) {
  char value[512], text[600];
  if (is_path(target, "/heartbeat"))
    return answer_text(socket, is_ready() ? 200 : 503, is_ready() ? "ok\n" : "not ready\n", keep);
  if (is_path(target, "/ready/on") || is_path(target, "/ready/off")) {
    readiness = is_path(target, "/ready/on");
    return answer_text(socket, 200, "ok\n", keep);
  }
  if (is_path(target, "/slow")) {
    parameter(target, "ms", value, sizeof value);
    pause_ms(atol(value));
    return answer_text(socket, 200, "slow\n", keep && !draining);
  }
  if (is_path(target, "/exit")) {
    parameter(target, "code", value, sizeof value);
    answer_text(socket, 200, "bye\n", 0);
    shutdown(socket, SHUT_WR);
    say("exit %d", atoi(value));
    exit(atoi(value));
  }
  if (is_path(target, "/crash")) {
    say("crash");
    signal(SIGSEGV, SIG_DFL);
    kill(getpid(), SIGSEGV);
    abort();
  }
  if (is_path(target, "/memory")) {
    parameter(target, "mb", value, sizeof value);
    touch_memory(atol(value));
    return answer_text(socket, 200, "ok\n", keep);
  }
  if (is_path(target, "/log")) {
    parameter(target, "text", value, sizeof value);
    say("%s", value);
    return answer_text(socket, 200, "ok\n", keep);
  }
  if (is_path(target, "/env")) {
    parameter(target, "name", value, sizeof value);
    const char *found = getenv(value);
    snprintf(text, sizeof text, "%s\n", found ? found : "");
    return answer_text(socket, found ? 200 : 404, text, keep);
  }
  if (is_path(target, "/file")) {
    parameter(target, "path", value, sizeof value);
    return answer_file(socket, value, keep);
  }
  if (is_path(target, "/headers")) return answer_text(socket, 200, request, keep);
  if (is_path(target, "/count")) {
    snprintf(text, sizeof text, "%d\n", (int)served);
    return answer_text(socket, 200, text, keep);
  }
  if (is_path(target, "/")) {
    gethostname(value, sizeof value);
    snprintf(text, sizeof text, "%s\n", value);
    return answer_text(socket, 200, text, keep);
  }
  return answer_text(socket, 404, "not found\n", keep);
}

/* Reads one request; 0 when the peer has no more. Bodies are read and forgotten. */
static int read_request(int socket, char *request) {
  size_t length = 0;
  for (;;) {
    ssize_t n = recv(socket, request + length, request_limit - 1 - length, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    if (length == 0) in_flight++;
    length += n;
    request[length] = 0;
    char *end = strstr(request, "\r\n\r\n");
    if (end) {
      char *field = strcasestr(request, "\r\ncontent-length:");
      long body = field && field < end ? atol(field + 17) : 0;
      body -= (long)(request + length - (end + 4));
      char scratch[1024];
      while (body > 0) {
        ssize_t got = recv(socket, scratch, body < 1024 ? body : 1024, 0);
        if (got <= 0) break;
        body -= got;
      }
      return 1;
    }
    if (length >= request_limit - 1) {
      in_flight--;
      return 0;
    }
  }
}

/* An idle kept connection ends when draining has ended; one with a request is answered first. */
static int next_request(int socket, char *request) {
  for (;;) {
    struct pollfd ready = {socket, POLLIN, 0};
    int n = poll(&ready, 1, 100);
    if (n > 0) return read_request(socket, request);
    if (n < 0 && errno != EINTR) return 0;
    if (draining > 1) return 0;
  }
}

static void *serve_http(void *argument) {
  int socket = (int)(intptr_t)argument;
  char *request = malloc(request_limit);
  while (request && next_request(socket, request)) {
    char target[1024] = "/", version[16] = "HTTP/1.0";
    sscanf(request, "%*15s %1023s %15s", target, version);
    int keep = !strcmp(version, "HTTP/1.1") && !strcasestr(request, "\r\nconnection: close");
    keep = keep && !draining;
    served++;
    int failed = respond(socket, target, request, keep);
    in_flight--;
    if (failed || !keep) break;
  }
  free(request);
  shutdown(socket, SHUT_WR);
  close(socket);
  return NULL;
}

/* ---- gRPC: as much HTTP/2 as a health check needs */

enum { frame_data, frame_headers, frame_settings = 4, frame_ping = 6, frame_goaway = 7 };
enum { flag_end_stream = 1, flag_ack = 1, flag_end_headers = 4 };

static int send_frame(int socket, int type, int flags, uint32_t stream, const void *bytes,
                      uint32_t length) {
  uint8_t head[9] = {length >> 16, length >> 8,  length,      type,  flags,
                     stream >> 24, stream >> 16, stream >> 8, stream};
  return send_all(socket, head, 9) || send_all(socket, bytes, length);
}

static size_t put_field(uint8_t *out, const char *name, const char *value) {
  size_t n = 0, name_length = strlen(name), value_length = strlen(value);
  out[n++] = 0; /* literal without indexing, new name */
  out[n++] = name_length;
  memcpy(out + n, name, name_length);
  n += name_length;
  out[n++] = value_length;
  memcpy(out + n, value, value_length);
  return n + value_length;
}

/* Serving unless not ready; a service that is not named like ours is unknown. */
static int answer_check(int socket, uint32_t stream, const uint8_t *message, size_t length) {
  const char *mine = getenv("GRPC_SERVICE");
  size_t asked = length > 6 && message[5] == 0x0a ? message[6] : 0;
  const char *service = (const char *)message + 7;
  int known = asked == 0 || (mine && strlen(mine) == asked && !memcmp(mine, service, asked));
  uint8_t head[128];
  size_t n = 0;
  head[n++] = 0x88; /* :status 200 */
  n += put_field(head + n, "content-type", "application/grpc");
  if (!known) {
    n += put_field(head + n, "grpc-status", "5");
    n += put_field(head + n, "grpc-message", "unknown service");
    return send_frame(socket, frame_headers, flag_end_headers | flag_end_stream, stream, head, n);
  }
  uint8_t body[7] = {0, 0, 0, 0, 2, 0x08, is_ready() ? 1 : 2};
  uint8_t trailer[32];
  size_t t = put_field(trailer, "grpc-status", "0");
  return send_frame(socket, frame_headers, flag_end_headers, stream, head, n) ||
         send_frame(socket, frame_data, 0, stream, body, sizeof body) ||
         send_frame(socket, frame_headers, flag_end_headers | flag_end_stream, stream, trailer, t);
}

static int handle_frame(int socket, const uint8_t *head, const uint8_t *bytes, uint32_t length) {
  int type = head[3], flags = head[4];
  uint32_t stream = (head[5] & 0x7fu) << 24 | head[6] << 16 | head[7] << 8 | head[8];
  if (type == frame_settings && !(flags & flag_ack))
    return send_frame(socket, frame_settings, flag_ack, 0, "", 0);
  if (type == frame_ping && !(flags & flag_ack))
    return send_frame(socket, frame_ping, flag_ack, 0, bytes, length);
  if (type == frame_data && (flags & flag_end_stream)) {
    served++;
    return answer_check(socket, stream, bytes, length);
  }
  return type == frame_goaway ? -1 : 0;
}

static void *serve_grpc(void *argument) {
  int socket = (int)(intptr_t)argument;
  char preface[24];
  uint8_t head[9], *bytes = malloc(frame_limit + 1);
  int broken = !bytes || read_all(socket, preface, sizeof preface) ||
               send_frame(socket, frame_settings, 0, 0, "", 0);
  while (!broken && !read_all(socket, head, sizeof head)) {
    uint32_t length = head[0] << 16 | head[1] << 8 | head[2];
    broken = length > frame_limit || read_all(socket, bytes, length) ||
             handle_frame(socket, head, bytes, length);
  }
  free(bytes);
  close(socket);
  return NULL;
}

/* ---- listening and ending */

static int listen_on(long port) {
  int socket_fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int family = AF_INET6, on = 1, off = 0;
  if (socket_fd < 0) {
    socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    family = AF_INET;
  }
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) setsockopt(socket_fd, IPPROTO_IPV6, 26 /* V6ONLY */, &off, sizeof off);
  struct sockaddr *address = family == AF_INET6 ? (void *)&six : (void *)&four;
  socklen_t size = family == AF_INET6 ? sizeof six : sizeof four;
  if (bind(socket_fd, address, size) || listen(socket_fd, 512)) {
    say("cannot listen on %ld: %s", port, strerror(errno));
    exit(1);
  }
  return socket_fd;
}

struct listener {
  int socket;
  void *(*serve)(void *);
};

static void *answer_datagrams(void *argument) {
  int own = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(long)argument)};
  if (own < 0 || bind(own, (struct sockaddr *)&any, sizeof any) < 0) {
    perror("datagrams");
    exit(2);
  }
  for (;;) {
    char text[512], name[256];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    if (recvfrom(own, text, sizeof text, 0, (struct sockaddr *)&from, &length) < 0) continue;
    gethostname(name, sizeof name);
    int size = snprintf(text, sizeof text, "%s\n", name);
    sendto(own, text, (size_t)size, 0, (struct sockaddr *)&from, length);
  }
  return NULL;
}

static void *accept_all(void *argument) {
  struct listener *listener = argument;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&detached, 128 * 1024);
  for (;;) {
    int socket = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (socket < 0) return NULL;
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_t thread;
    if (pthread_create(&thread, &detached, listener->serve, (void *)(intptr_t)socket)) close(socket);
  }
}

static void on_term(int number) {
  (void)number;
  if (write(wake_pipe[1], "t", 1) < 0) return;
}

static void drain(int *listeners, int count) {
  long drain_ms = number("DRAIN_MS", 0);
  draining = 1;
  say("draining for %ld ms", drain_ms);
  pause_ms(drain_ms);
  for (int i = 0; i < count; i++) shutdown(listeners[i], SHUT_RD);
  draining = 2;
  /* A connection that was accepted just now may still bring its request. */
  for (int quiet = 0; quiet < 15; quiet = in_flight > 0 ? 0 : quiet + 1) pause_ms(10);
}

int main(void) {
  started_ms = now_ms();
  ready_after_ms = number("READY_AFTER_MS", 0);
  if (pipe(wake_pipe)) return 1;
  struct sigaction term = {.sa_handler = getenv("IGNORE_TERM") ? SIG_IGN : on_term};
  sigaction(SIGTERM, &term, NULL);
  sigaction(SIGINT, &term, NULL);
  say("started");
  struct pollfd wake = {wake_pipe[0], POLLIN, 0};
  int listeners[2], count = 0;
  if (poll(&wake, 1, number("START_MS", 0)) > 0) return number("EXIT_CODE", 0);

  struct listener http = {listen_on(number("PORT", 8080)), serve_http}, grpc = {-1, serve_grpc};
  listeners[count++] = http.socket;
  pthread_t thread;
  pthread_create(&thread, NULL, accept_all, &http);
  if (number("GRPC_PORT", 0)) {
    grpc.socket = listen_on(number("GRPC_PORT", 0));
    listeners[count++] = grpc.socket;
    pthread_create(&thread, NULL, accept_all, &grpc);
  }
  if (number("UDP_PORT", 0)) {
    pthread_create(&thread, NULL, answer_datagrams, (void *)number("UDP_PORT", 0));
  }
  say("listening on %ld", number("PORT", 8080));

  long run_ms = number("RUN_MS", -1), deadline = run_ms < 0 ? 0 : started_ms + run_ms;
  for (;;) {
    long left = run_ms < 0 ? -1 : deadline - now_ms();
    int n = poll(&wake, 1, run_ms < 0 ? -1 : left > 0 ? (int)left : 0);
    if (n > 0) {
      drain(listeners, count);
      break;
    }
    if (n == 0) break;
  }
  say("exit %ld", number("EXIT_CODE", 0));
  return number("EXIT_CODE", 0);
}
