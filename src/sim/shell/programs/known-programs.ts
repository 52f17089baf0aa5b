/** What the model takes a program for of which it knows nothing but the command line. */
export type ProgramKind =
  /** It puts a server in the background and ends with 0. */
  | 'daemon'
  /** It serves until it is told to stop, wherever in a script it stands. */
  | 'server'
  /** Nothing is known of it. */
  | 'unknown'

/** Programs that go into the background unless an option or a setting keeps them. */
const daemons: Readonly<Record<string, RegExp>> = {
  nginx: /daemon off|(^| )-[tvVhs]/,
  apache2ctl: /FOREGROUND/,
  apachectl: /FOREGROUND/,
  cron: /(^| )-\w*f/,
  crond: /(^| )-\w*[fn]/,
  rsyslogd: /(^| )-\w*n/,
  sshd: /(^| )-\w*D/,
  supervisord: /(^| )(-\w*n|--nodaemon)/,
}

/** Words that put any other program into the background. */
const toBackground = /^(--?daemoni[sz]e(=yes)?|--fork|--detach|--background)$/

const servers: ReadonlySet<string> = new Set(
  `caddy consul dockerd envoy etcd fluentd gunicorn haproxy httpd httpd-foreground memcached minio mongod
   mysqld nats-server php-fpm postgres prometheus rabbitmq-server redis-server sshd telegraf tomcat traefik
   uvicorn varnishd vault`.split(/\s+/),
)

const serverName = /(^|[-_.])(server|serve|daemon|proxy|exporter|controller|operator)($|[-_.])/
const serverWord =
  /^(--?(port|listen|bind|addr|address|listen-address|http|host)(=.*)?|serve|server|runserver|start|http\.server|.*[-_/]server\.(js|py|rb|jar)|server\.(js|py|rb|jar))$/

/** Tells what a command line is taken for. */
export function programKind(argv: readonly string[]): ProgramKind {
  const [program = '', ...args] = argv
  const name = program.split('/').at(-1) ?? ''
  const line = args.join(' ')
  const stays = Object.hasOwn(daemons, name) ? daemons[name] : undefined
  if (stays) return stays.test(line) ? 'server' : 'daemon'
  const isService = name === 'service' && args[1] === 'start'
  if (isService || args.some((arg) => toBackground.test(arg))) return 'daemon'
  // `redis-server --daemonize yes`: the value stands by itself.
  const isServer =
    servers.has(name) || serverName.test(name) || args.some((arg) => serverWord.test(arg))
  return isServer ? 'server' : 'unknown'
}

/** Programs that images of a bare system have, or that scripts install there. */
const installed: ReadonlySet<string> = new Set(
  `apk apt apt-get awk base64 busybox bunzip2 bzip2 clear cmp comm curl dd df diff dnf dpkg du file find free
   g++ gcc gawk getent git go groupadd gpg gunzip gzip htop ifconfig install iostat ip iptables java join jq
   kubectl less ln login lsof make md5sum microdnf mktemp mount nc ncat netcat netstat nl node nohup npm
   nproc nslookup od openssl paste patch perl pg_isready pgrep php ping pip pip3 pkill pnpm ps psql python
   python3 readlink realpath redis-cli rev rpm rsync ruby sha1sum sha256sum shuf socat split ssh stat strace
   stress stress-ng su sudo sysctl tac tar telnet top traceroute truncate tty umount unlink unzip uptime
   useradd uuidgen vi vim vmstat watch wget who xargs xz yarn yum zip zstd`.split(/\s+/),
)

/**
 * Tells whether a command can be found by its name. In images of a bare system only what such systems have is
 * there; what other images bring, nobody knows.
 */
export function isInstalled(name: string, isBareSystem: boolean): boolean {
  if (name.startsWith('no-such-') || name.startsWith('/no/')) return false
  if (!isBareSystem || name.includes('/')) return true
  return installed.has(name) || programKind([name]) !== 'unknown'
}
