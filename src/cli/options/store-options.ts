import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { StoreChoice } from '#cluster'
import { KnarrError } from '#lib'

/** The flags of `knarr up` that say where objects are kept. Those of etcd are named as upstream's. */
export interface StoreFlags {
  readonly store?: StoreChoice['kind']
  readonly etcdServers?: string
  readonly etcdCafile?: string
  readonly etcdCertfile?: string
  readonly etcdKeyfile?: string
}

export function addStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--store <kind>', 'where objects are kept (default: leveldb)').choices([
        'leveldb',
        'memory',
        'etcd',
      ]),
    )
    .option('--etcd-servers <urls>', 'with --store etcd: its members (scheme://host:port, …)')
    .option('--etcd-cafile <file>', 'with --store etcd: the authority of its certificates (PEM)')
    .option('--etcd-certfile <file>', 'with --store etcd: the client certificate (PEM)')
    .option('--etcd-keyfile <file>', "with --store etcd: the client certificate's key (PEM)")
}

/**
 * The store that the flags choose; files are looked for before anything starts.
 * @throws KnarrError for flags that do not go together, and for files that are not there.
 */
export function toStoreChoice(flags: StoreFlags): StoreChoice {
  const { store: kind = 'leveldb', etcdServers } = flags
  if (kind !== 'etcd') {
    const [stray] = givenOf(flags)
    if (stray === undefined) return { kind }
    throw new KnarrError('StoreMismatch', `${stray} means nothing to the store ${kind}`, {
      hint: 'Add --store etcd, or leave it out.',
    })
  }
  const servers = (etcdServers ?? '').split(',').filter((server) => server !== '')
  if (servers.length === 0) {
    throw new KnarrError('NoEtcdServers', '--store etcd needs to know where etcd is', {
      hint: 'Name its members, for example --etcd-servers http://127.0.0.1:2379.',
    })
  }
  const isSecure = isHttps(servers)
  const files = tlsFilesOf(flags)
  if (!isSecure && Object.keys(files).length > 0) {
    throw new KnarrError(
      'EtcdWithoutTls',
      'TLS files are given, and the members of etcd have http',
      {
        hint: 'Write https:// in --etcd-servers, or leave the files out.',
      },
    )
  }
  return { kind, servers, ...files }
}

/** @throws KnarrError unless simulated clusters can have the store that the flags choose. */
export function requireSimulatedStore(flags: StoreFlags): void {
  const [stray] = givenOf(flags)
  const asked =
    flags.store === undefined || flags.store === 'memory' ? stray : `--store ${flags.store}`
  if (asked === undefined) return
  throw new KnarrError('SimulatedStore', `with --sim objects are kept in memory: no ${asked}`, {
    hint: "Leave it out; 'knarr snapshot' keeps a simulation for later.",
  })
}

/** The flags of etcd that were given. */
function givenOf(flags: StoreFlags): readonly string[] {
  return [
    ...(flags.etcdServers === undefined ? [] : ['--etcd-servers']),
    ...(flags.etcdCafile === undefined ? [] : ['--etcd-cafile']),
    ...(flags.etcdCertfile === undefined ? [] : ['--etcd-certfile']),
    ...(flags.etcdKeyfile === undefined ? [] : ['--etcd-keyfile']),
  ]
}

/** Whether the members speak TLS, which either all of them do or none. */
function isHttps(servers: readonly string[]): boolean {
  const schemes = new Set(servers.map(schemeOf))
  if (schemes.size === 1) return schemes.has('https:')
  throw new KnarrError('BadEtcdServers', 'some members of etcd have http, and some have https', {
    hint: 'Give all of them the same scheme.',
  })
}

function schemeOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url && /^https?:$/.test(url.protocol) && /^\/?$/.test(url.pathname)) return url.protocol
  throw new KnarrError('BadEtcdServers', `not the address of a member of etcd: ${server}`, {
    hint: 'Write it as scheme://host:port, for example http://127.0.0.1:2379.',
  })
}

function tlsFilesOf({ etcdCafile, etcdCertfile, etcdKeyfile }: StoreFlags) {
  if ((etcdCertfile === undefined) !== (etcdKeyfile === undefined)) {
    throw new KnarrError('EtcdKeyPair', '--etcd-certfile and --etcd-keyfile belong together', {
      hint: 'Give both, or none of them.',
    })
  }
  return {
    ...fileOf('caFile', etcdCafile),
    ...fileOf('certFile', etcdCertfile),
    ...fileOf('keyFile', etcdKeyfile),
  }
}

function fileOf(
  name: 'caFile' | 'certFile' | 'keyFile',
  path: string | undefined,
): Partial<Record<typeof name, string>> {
  if (path === undefined) return {}
  if (existsSync(path)) return { [name]: resolve(path) }
  throw new KnarrError('NoSuchFile', `there is no file ${path}`)
}
