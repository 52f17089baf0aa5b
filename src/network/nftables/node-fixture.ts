/** Test fixture: a node with three pods and a machine outside, all as network namespaces. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DialTarget } from '../model/dialer.ts'
import { nodeCommands } from './command.ts'
import type { AgentReply, AgentRequest } from './namespace-agent.ts'
import { netnsPath } from './namespaces.ts'

const agentFile = fileURLToPath(new URL('namespace-agent.ts', import.meta.url))
const signal = new AbortController().signal

export const podCidr = '10.244.9.0/24'
export const nodeIp = '192.168.77.1'
export const outsideIp = '192.168.77.2'
export const podIps = { a: '10.244.9.2', b: '10.244.9.3', c: '10.244.9.4' } as const
/** The same of IPv6, where a test asks for it. */
export const six = {
  podCidr: 'fd00:10:244:9::/64',
  gateway: 'fd00:10:244:9::1',
  nodeIp: 'fd00:77::1',
  outsideIp: 'fd00:77::2',
  podIps: {
    a: 'fd00:10:244:9::2',
    b: 'fd00:10:244:9::3',
    c: 'fd00:10:244:9::4',
  },
} as const
type PlaceName = 'a' | 'b' | 'c' | 'node' | 'outside'

/** Somebody who can be asked to connect somewhere. */
interface Place {
  ask(target: DialTarget): Promise<string>
  askUdp(target: DialTarget, from: number): Promise<string>
  serve(name: string, port: number): Promise<string>
}

export interface TestNode extends AsyncDisposable {
  readonly netns: string
  place(name: PlaceName): Place
}

export async function createTestNode(withIPv6 = false): Promise<TestNode> {
  const prefix = `kt${process.pid % 10_000}`
  const nameOf = (place: PlaceName) => `${prefix}-${place}`
  const agents = new Map<PlaceName, Agent>()
  const remove = async () => {
    for (const agent of agents.values()) await agent.stop()
    for (const place of everybody) await ip(`netns delete ${nameOf(place)}`).catch(() => {})
  }
  try {
    for (const place of everybody) await ip(`netns add ${nameOf(place)}`)
    for (const place of everybody) await ip(`-n ${nameOf(place)} link set lo up`)
    // A new namespace takes this over from the machine.
    const closed = ['-q', '-w', 'net.ipv4.conf.all.route_localnet=0']
    await nodeCommands(netnsPath(nameOf('node'))).run('sysctl', closed, { signal })
    await connectPods(nameOf)
    await connectOutside(nameOf)
    if (withIPv6) await addIPv6(nameOf)
    for (const place of everybody) agents.set(place, startAgent(netnsPath(nameOf(place))))
  } catch (error) {
    await remove()
    throw error
  }
  return {
    netns: netnsPath(nameOf('node')),
    place: (name) => {
      const agent = agents.get(name)
      if (agent === undefined) throw new Error(`no place ${name}`)
      return agent
    },
    [Symbol.asyncDispose]: remove,
  }
}

const pods = ['a', 'b', 'c'] as const
const everybody: readonly PlaceName[] = ['node', 'outside', ...pods]
const ip = (line: string) => nodeCommands().run('ip', line.split(' '), { signal })

async function connectPods(nameOf: (place: PlaceName) => string): Promise<void> {
  const node = nameOf('node')
  await ip(`-n ${node} link add cni0 type bridge`)
  await ip(`-n ${node} addr add 10.244.9.1/24 dev cni0`)
  await ip(`-n ${node} link set cni0 up`)
  for (const pod of pods) {
    await ip(`-n ${node} link add v${pod} type veth peer name eth0 netns ${nameOf(pod)}`)
    await ip(`-n ${node} link set v${pod} master cni0 up`)
    await ip(`-n ${node} link set v${pod} type bridge_slave hairpin on`)
    await ip(`-n ${nameOf(pod)} addr add ${podIps[pod]}/24 dev eth0`)
    await ip(`-n ${nameOf(pod)} link set eth0 up`)
    await ip(`-n ${nameOf(pod)} route add default via 10.244.9.1`)
  }
}

async function connectOutside(nameOf: (place: PlaceName) => string): Promise<void> {
  const [node, outside] = [nameOf('node'), nameOf('outside')]
  await ip(`-n ${node} link add wan type veth peer name eth0 netns ${outside}`)
  await ip(`-n ${node} addr add ${nodeIp}/24 dev wan`)
  await ip(`-n ${node} link set wan up`)
  await ip(`-n ${outside} addr add ${outsideIp}/24 dev eth0`)
  await ip(`-n ${outside} link set eth0 up`)
  await ip(`-n ${outside} route add default via ${nodeIp}`)
  await ip(`-n ${node} route add default via ${outsideIp}`)
}

/** Nobody else is on these links: to look for somebody with an address would only take time. */
async function addIPv6(nameOf: (place: PlaceName) => string): Promise<void> {
  const [node, outside] = [nameOf('node'), nameOf('outside')]
  await ip(`-n ${node} addr add fd00:10:244:9::1/64 dev cni0 nodad`)
  for (const pod of pods) {
    await ip(`-n ${nameOf(pod)} addr add ${six.podIps[pod]}/64 dev eth0 nodad`)
    await ip(`-n ${nameOf(pod)} -6 route add default via fd00:10:244:9::1`)
  }
  await ip(`-n ${node} addr add ${six.nodeIp}/64 dev wan nodad`)
  await ip(`-n ${outside} addr add ${six.outsideIp}/64 dev eth0 nodad`)
  await ip(`-n ${outside} -6 route add default via ${six.nodeIp}`)
  await ip(`-n ${node} -6 route add default via ${six.outsideIp}`)
}

type AgentCall = AgentRequest extends infer Request
  ? Request extends AgentRequest
    ? Omit<Request, 'id'>
    : never
  : never

interface Agent extends Place {
  stop(): Promise<void>
}

function startAgent(netns: string): Agent {
  const child: ChildProcess = spawn('nsenter', [`--net=${netns}`, process.execPath, agentFile], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, (text: string) => void>()
  child.on('message', ({ id, text }: AgentReply) => {
    waiting.get(id)?.(text)
    waiting.delete(id)
  })
  let last = 0
  const call = (request: AgentCall) =>
    new Promise<string>((resolve) => {
      const id = ++last
      waiting.set(id, resolve)
      child.send({ ...request, id })
    })
  return {
    ask: ({ host, port }) => call({ kind: 'ask', host, port }),
    askUdp: ({ host, port }, from) => call({ kind: 'askUdp', host, port, from }),
    serve: (name, port) => call({ kind: 'serve', name, port }),
    stop: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
