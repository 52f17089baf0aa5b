import type { Subcommand } from './program/program.ts'
import { crdConversionWebhook } from './servers/crd-conversion-webhook.ts'
import { grpcHealthChecking } from './servers/grpc-health-checking.ts'
import { guestbook } from './servers/guestbook.ts'
import { liveness } from './servers/liveness.ts'
import { netExec } from './servers/net-exec.ts'
import { netTest } from './servers/net-test.ts'
import { porter } from './servers/porter.ts'
import { serveHostname } from './servers/serve-hostname.ts'
import { testWebserver } from './servers/static-webserver.ts'
import { webhook } from './servers/webhook.ts'
import { connect } from './tools/connect.ts'
import { dnsServerList, dnsSuffix, etcHosts } from './tools/dns.ts'
import { entrypointTester } from './tools/entrypoint-tester.ts'
import { inClusterClient } from './tools/in-cluster-client.ts'
import { issuerDiscovery } from './tools/issuer-discovery.ts'
import { logsGenerator } from './tools/logs-generator.ts'
import { mountTest } from './tools/mount-test.ts'
import { noNewPrivs } from './tools/no-new-privs.ts'
import { agnhostPause, pause } from './tools/pause.ts'

/** The subcommands of upstream's test image, by their names. */
const subcommands: Readonly<Record<string, Subcommand>> = {
  connect,
  'crd-conversion-webhook': crdConversionWebhook,
  'dns-server-list': dnsServerList,
  'dns-suffix': dnsSuffix,
  'entrypoint-tester': entrypointTester,
  'etc-hosts': etcHosts,
  'grpc-health-checking': grpcHealthChecking,
  guestbook,
  inclusterclient: inClusterClient,
  liveness,
  'logs-generator': logsGenerator,
  mounttest: mountTest,
  netexec: netExec,
  nettest: netTest,
  pause: agnhostPause,
  porter,
  'serve-hostname': serveHostname,
  'test-service-account-issuer-discovery': issuerDiscovery,
  'test-webserver': testWebserver,
  webhook,
}

/** Programs of other images that are known as well, by their names. */
const programs: Readonly<Record<string, Subcommand>> = { nnp: noNewPrivs, pause }

interface Found {
  readonly subcommand: Subcommand
  readonly args: readonly string[]
}

/** Finds what a command line of a known image runs; undefined where it has no such subcommand. */
export function programOf(argv: readonly string[]): Found | undefined {
  const [program = '', ...args] = argv
  const name = nameOf(program)
  if (isAgnhost(name)) return found(subcommands, args[0] ?? '', args.slice(1))
  return found(programs, name, args)
}

/** Whether a command line runs a program of a known image, were it only to be refused. */
export function isProgram(argv: readonly string[], known: ReadonlySet<string>): boolean {
  return known.has(nameOf(argv[0] ?? ''))
}

const nameOf = (program: string) => program.split('/').at(-1) ?? ''
const isAgnhost = (name: string) => name === 'agnhost' || name === 'agnhost-2'

function found(
  table: Readonly<Record<string, Subcommand>>,
  name: string,
  args: readonly string[],
): Found | undefined {
  const subcommand = Object.hasOwn(table, name) ? table[name] : undefined
  return subcommand && { subcommand, args }
}
