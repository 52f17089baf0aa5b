import type { ProcessWorld } from '../../process/process.ts'
import { clients } from '../clients/clients.ts'
import { startClient } from '../clients/run-client.ts'
import type { Invocation } from '../run/machine.ts'
import { acting, type CommandContext, type Done, plain, type ShellBuiltin } from './builtin.ts'

const asking: readonly ShellBuiltin[] = Object.entries(clients).map(([name, { usage }]) => ({
  kind: 'shell',
  name,
  usage,
  waits: true,
  run: ({ shell, thread, args }) => startClient(shell, thread, name, args),
}))

/** Programs that ask servers, or look names up. */
export const networkCommands = [
  ...asking,
  ...acting({ nslookup: ['nslookup NAME [SERVER]', nslookup] }),
  ...plain({ getent: ['getent hosts|ahosts|ahostsv4 NAME…', getent] }),
]

/** `nslookup`: it says whom it asked, whoever that would have been. */
function nslookup({ shell, thread, args }: Invocation): void {
  const [name, given] = args.filter((arg) => !arg.startsWith('-'))
  thread.status = 1
  if (name === undefined) {
    shell.write(thread, 'err', 'Usage: nslookup HOST [DNS_SERVER]\n')
    return
  }
  const { world, hasBusybox } = shell
  const server = given ?? nameserverOf(world)
  const port = hasBusybox ? ':53' : '#53'
  const head = `Server:\t\t${server}\nAddress:\t${server}${port}\n\n`
  const found = world.network.resolve(name)
  if (found) {
    thread.status = 0
    shell.write(thread, 'out', `${head}Name:\t${found.name}\nAddress: ${found.ip}\n\n`)
    return
  }
  const fault = `** server can't find ${name}: NXDOMAIN\n\n`
  // busybox's asks for both kinds of address, and is told twice.
  shell.write(thread, 'out', head + (hasBusybox ? fault + fault : fault))
}

function nameserverOf({ files }: ProcessWorld): string {
  const lines = files.read('/etc/resolv.conf')?.split('\n') ?? []
  const line = lines.find((each) => /^nameserver\s/.test(each)) ?? ''
  return line.split(/\s+/)[1] ?? '127.0.0.1'
}

/** The status of `getent` for a key that is not there. */
const notFound = 2

function getent([database = '', ...names]: readonly string[], { world }: CommandContext): Done {
  if (!/^(a?hosts|ahostsv4)$/.test(database)) {
    return {
      status: 1,
      err: `Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.\n`,
    }
  }
  const found = names.map((name) => world.network.resolve(name))
  const lines = found.flatMap((each) => {
    if (!each) return []
    const ip = each.ip.padEnd(15)
    if (database === 'hosts') return [`${ip} ${each.name}\n`]
    return [`${ip} STREAM ${each.name}\n`, `${ip} DGRAM  \n`, `${ip} RAW    \n`]
  })
  return { status: found.includes(undefined) ? notFound : 0, out: lines.join('') }
}
