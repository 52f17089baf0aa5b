/**
 * How fast the name server of a node is: questions a second on one core, and how long an answer takes.
 *
 *     node bench/dns.ts [SECONDS] [SERVICES]
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { cpuUsage } from 'node:process'
import { encode } from 'dns-packet'
import { createNameStore, createZone } from '#dns'
import { createResponder, serveAt } from '#dns/process'
import { systemClock, systemRandom } from '#lib'

const [seconds = 5, services = 1000] = process.argv.slice(2, 4).map(Number)
const nowMs = systemClock.monotonicMs

/** The zone of so many Services, each of which has three endpoints. */
function zoneOf(count: number) {
  const names = createNameStore()
  const ports = [{ name: 'http', protocol: 'tcp', port: 80 }]
  for (let index = 0; index < count; index += 1) {
    const [high, low] = [index >> 8, index & 255]
    names.put(`ns/web-${index}`, {
      namespace: 'ns',
      name: `web-${index}`,
      kind: index % 2 === 0 ? 'clusterIp' : 'headless',
      addresses: index % 2 === 0 ? [`10.96.${high}.${low}`] : [],
      ports,
      endpoints: [1, 2, 3].map((node) => ({ ip: `10.244.${node}.${low}`, ports })),
    })
  }
  names.setNamespaces(['ns'])
  return createZone({ domain: 'cluster.local', names, servers: ['10.96.0.10'], serial: () => 1 })
}

/** In a process of its own: the same server as a node has, on a port that it tells. */
async function serve(): Promise<void> {
  const [udp, tcp] = [createSocket('udp4'), createServer()]
  udp.bind(0, '127.0.0.1')
  await once(udp, 'listening')
  const forwarding = {
    ask: async () => undefined,
    addresses: async () => ({ rcode: 'SERVFAIL' as const, records: [] }),
    isOwn: () => false,
  }
  const responder = createResponder({ zone: zoneOf(services), forwarding, random: systemRandom })
  serveAt({ udp, tcp }, () => responder, systemClock)
  process.on('message', () => process.send?.({ cpu: cpuUsage() }))
  process.send?.({ port: udp.address().port })
}

const questions = Array.from({ length: 1000 }, (_, index) =>
  encode({
    type: 'query',
    flags: 0x0100,
    questions: [{ type: 'A', name: `web-${index % services}.ns.svc.cluster.local` }],
  }),
)

/** So many questions under way at any time; a lost one is asked again after a while. */
async function ask(port: number, atOnce: number) {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const sent = new Map<number, number>()
  const took: number[] = []
  let next = 0
  const send = () => {
    const id = next++ & 0xffff
    const question = Buffer.from(questions[id % questions.length] ?? Buffer.alloc(0))
    question.writeUInt16BE(id, 0)
    sent.set(id, nowMs())
    socket.send(question)
  }
  socket.on('message', (answer) => {
    const id = answer.readUInt16BE(0)
    took.push(nowMs() - (sent.get(id) ?? nowMs()))
    sent.delete(id)
    send()
  })
  const start = nowMs()
  for (let count = 0; count < atOnce; count += 1) send()
  await systemClock.sleep(seconds * 1000)
  socket.removeAllListeners('message')
  const elapsedMs = nowMs() - start
  socket.close()
  const sorted = took.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? 0
  return { perSecond: (took.length / elapsedMs) * 1000, p50: at(0.5), p99: at(0.99) }
}

if (process.send) await serve()
else {
  const child = fork(import.meta.filename, process.argv.slice(2), { execArgv: process.execArgv })
  const said = async <T>() => {
    const [message] = await once(child, 'message')
    return message as T
  }
  const { port } = await said<{ port: number }>()
  const cpuMs = async () => {
    child.send('cpu')
    const { cpu } = await said<{ cpu: NodeJS.CpuUsage }>()
    return (cpu.user + cpu.system) / 1000
  }
  console.log('| at once | answers/s | per second of CPU | p50 ms | p99 ms |')
  console.log('| ------: | --------: | ----------------: | -----: | -----: |')
  for (const atOnce of [1, 16, 128]) {
    await ask(port, atOnce)
    const before = await cpuMs()
    const { perSecond, p50, p99 } = await ask(port, atOnce)
    const perCpu = (perSecond * seconds * 1000) / ((await cpuMs()) - before)
    const cells = [atOnce, perSecond, perCpu].map((value) => Math.round(value))
    console.log(`| ${[...cells, p50.toFixed(2), p99.toFixed(2)].join(' | ')} |`)
  }
  child.kill()
}
