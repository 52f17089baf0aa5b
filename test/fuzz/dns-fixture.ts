import { decode, encode } from 'dns-packet'
import { createZone } from '#dns'
import { createResponder } from '#dns/process'
import { messageOf, type Random, randomInt, seededRandom } from '#lib'
import { service, shopServices, storeOf } from '../../src/dns/dns-fixture.ts'
import { aged, keepSeconds } from '../../src/dns/forward/ttls.ts'

/** What was wrong about the answer to a message. */
interface Finding {
  readonly message: string
  readonly what: string
}

/** What came of many messages. */
interface DnsFuzzResult {
  readonly findings: readonly Finding[]
  /** How often each reply code was answered; `dropped` is no answer. */
  readonly codes: ReadonlyMap<string, number>
}

/** No message may take longer, by the processor time of its thread. */
const maxHoldMs = 50
const maxFindings = 20

/** Names that somebody could give Services, of the longest and the strangest that the API lets pass. */
const hostile = [
  service('shop', 'x'.repeat(63), { addresses: ['10.96.0.30'] }),
  service('shop', 'xn--bcher-kva', { addresses: ['10.96.0.31'] }),
  service('shop', '1st', { addresses: ['10.96.0.32', 'fd00::32'] }),
  service('shop', 'far', { kind: 'externalName', externalName: `${'y.'.repeat(120)}example` }),
  service('shop', 'many', {
    kind: 'headless',
    endpoints: Array.from({ length: 400 }, (_, index) => ({
      ip: `10.244.${index >> 8}.${index & 255}`,
      ports: [],
    })),
  }),
]

/** Sends messages that chance makes to a name server of a small cluster, and looks at every answer. */
export async function fuzzDns(
  count: number,
  seed: number,
  progress: (sent: number) => void = () => {},
): Promise<DnsFuzzResult> {
  const random = seededRandom(`dns ${seed}`)
  const zone = createZone({
    domain: 'cluster.local',
    names: storeOf([...shopServices, ...hostile]),
    servers: ['10.96.0.10'],
    serial: () => 1,
  })
  const forwarding = {
    // What comes back from elsewhere is as hostile as what is asked.
    ask: async () => {
      const reply = hostileMessage(random)
      if (keepSeconds(reply) > 30) throw new Error('an answer is kept for longer than it may be')
      aged(reply, 1 + randomInt(random, 40))
      return undefined
    },
    addresses: async () => ({ rcode: 'SERVFAIL' as const, records: [] }),
    isOwn: () => false,
  }
  const responder = createResponder({ zone, forwarding, random: random.fork('answers') })
  const findings: Finding[] = []
  const codes = new Map<string, number>()
  for (let sent = 0; sent < count && findings.length < maxFindings; sent++) {
    const message = hostileMessage(random)
    const carrier = randomInt(random, 4) === 0 ? 'stream' : 'datagram'
    const before = process.threadCpuUsage()
    let what: string | undefined
    try {
      const reply = await responder(Buffer.from(message), carrier)
      const code = reply === undefined ? 'dropped' : String((reply[3] ?? 0) & 15)
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (reply !== undefined) what = faultOf(message, reply, carrier)
    } catch (error) {
      what = `it threw: ${messageOf(error)}`
    }
    const { user, system } = process.threadCpuUsage(before)
    if ((user + system) / 1000 > maxHoldMs) what ??= `it took ${(user + system) / 1000} ms`
    if (what !== undefined) findings.push({ what, message: message.toString('base64') })
    if ((sent + 1) % 100_000 === 0) progress(sent + 1)
  }
  return { findings, codes: new Map([...codes].toSorted(([, a], [, b]) => b - a)) }
}

/** Why a reply is none that a server should give; undefined for a good one. */
function faultOf(
  message: Buffer,
  reply: Buffer,
  carrier: 'stream' | 'datagram',
): string | undefined {
  if (reply.length < 12) return `a reply of ${reply.length} bytes`
  if (reply.readUInt16BE(0) !== message.readUInt16BE(0)) return 'a reply to another question'
  if (((reply[2] ?? 0) & 0x80) === 0) return 'a reply that is a question'
  if (reply.length > (carrier === 'stream' ? 65_535 : 1232)) return `${reply.length} bytes`
  try {
    decode(reply)
    return undefined
  } catch (error) {
    return `nobody can read the reply: ${messageOf(error)}`
  }
}

const types = ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'SOA', 'NS', 'CNAME', 'AXFR'] as const
const zoneName = 'svc.cluster.local'

function nameOf(random: Random): string {
  const pick = (texts: readonly string[]) => texts[randomInt(random, texts.length)] ?? ''
  const service = pick([...shopServices, ...hostile].map(({ name }) => name))
  return pick([
    `${service}.shop.${zoneName}`,
    `db-0.db.shop.${zoneName}`,
    `_sql._tcp.db.shop.${zoneName}`,
    '20.0.96.10.in-addr.arpa',
    `${'0.'.repeat(32)}ip6.arpa`,
    '10-244-0-7.shop.pod.cluster.local',
    'dns-version.cluster.local',
    'example.org',
    `${'a.'.repeat(randomInt(random, 126))}cluster.local`,
    `${'z'.repeat(1 + randomInt(random, 63))}.cluster.local`,
  ])
}

function question(random: Random): Buffer {
  const type = types[randomInt(random, types.length)] ?? 'A'
  const edns = { type: 'OPT', name: '.', udpPayloadSize: randomInt(random, 65_536) } as const
  try {
    return Buffer.from(
      encode({
        type: 'query',
        id: randomInt(random, 65_536),
        flags: randomInt(random, 2) * 0x0100,
        questions: [{ type, name: nameOf(random) }],
        // Cast: the library's own type wants members that it fills in itself.
        ...(randomInt(random, 2) === 0 ? {} : { additionals: [edns as never] }),
      }),
    )
  } catch {
    // What the library does not write is of no use as a beginning.
    return Buffer.alloc(12)
  }
}

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => randomInt(random, 256)))
}

/** A good question, or one that was harmed in any of the ways that messages are. */
function hostileMessage(random: Random): Buffer {
  const good = question(random)
  const any = (length: number) => randomInt(random, Math.max(1, length))
  switch (randomInt(random, 10)) {
    case 0:
      return good
    case 1:
      return bytes(random, any(80))
    case 2:
      return good.subarray(0, any(good.length))
    case 3: {
      // A name that points to itself, or in a circle.
      const at = 12 + any(good.length - 12)
      const copy = Buffer.concat([good, Buffer.alloc(2)])
      copy.writeUInt16BE(
        0xc000 | (randomInt(random, 2) === 0 ? at : 12),
        Math.min(at, copy.length - 2),
      )
      return copy
    }
    case 4: {
      // Counts of what is not there.
      const copy = Buffer.from(good)
      copy.writeUInt16BE(randomInt(random, 65_536), 4 + 2 * randomInt(random, 4))
      return copy
    }
    case 5:
      return Buffer.concat([good, bytes(random, any(600))])
    case 6: {
      // Larger than any question, now and then as large as a message can be.
      const length = randomInt(random, 200) === 0 ? 65_535 : any(5000)
      return Buffer.concat([good, Buffer.alloc(length, 63)])
    }
    case 7: {
      const copy = Buffer.from(good)
      copy[2] = randomInt(random, 256)
      copy[3] = randomInt(random, 256)
      return copy
    }
    default: {
      const copy = Buffer.from(good)
      for (let n = 1 + randomInt(random, 8); n > 0; n--)
        copy[any(copy.length)] = randomInt(random, 256)
      return copy
    }
  }
}
