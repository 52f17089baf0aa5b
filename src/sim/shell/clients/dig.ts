import { textFrom } from '../../process/bytes.ts'
import type { ProcessAnswer } from '../../process/process.ts'
import type { ClientCall, ClientProgram, Taken } from './client.ts'
import { namePort, nameserverOf, reversed } from './lookups.ts'

interface DigCall {
  readonly host: string
  readonly type: string
  readonly server: string
  readonly isShort: boolean
  readonly showsAll: boolean
  readonly searches: boolean
}

const types: ReadonlySet<string> = new Set('A AAAA ANY CNAME MX NS PTR SOA SRV TXT'.split(' '))

/** `dig`: one question, asked as it stands unless `+search` is given. */
export const dig: ClientProgram = {
  usage: 'dig [@SERVER] [-x ADDRESS] [-t TYPE] NAME [TYPE] [+short] [+search] [+noall +answer]',
  next: (call) => {
    if (call.progress.index > 0) return { kind: 'ended', status: call.progress.status }
    const { host, type, server, searches } = readDig(call)
    const name = searches || host.endsWith('.') ? host : `${host}.`
    return {
      kind: 'sending',
      request: { protocol: 'names', host: name, port: namePort, server, type },
    }
  },
  take: (call, answer) => taken(readDig(call), call, answer),
}

function readDig({ args, files }: ClientCall): DigCall {
  const after = (flag: string) => args.find((_, index) => args[index - 1] === flag)
  const has = (option: string) => args.includes(`+${option}`)
  const plain = args.filter(
    (arg, index) => !/^[-+@]/.test(arg) && !/^-[xtp]$/.test(args[index - 1] ?? ''),
  )
  const isType = (word: string) => types.has(word.toUpperCase())
  const address = after('-x')
  const named = after('-t') ?? plain.find(isType) ?? 'A'
  const name = plain.find((word) => !isType(word) && word.toUpperCase() !== 'IN') ?? '.'
  return {
    host: address === undefined ? name : reversed(address),
    type: address === undefined ? named.toUpperCase() : 'PTR',
    server: args.find((arg) => arg.startsWith('@'))?.slice(1) ?? nameserverOf(files),
    isShort: has('short'),
    showsAll: !has('short') && !has('noall'),
    searches: has('search'),
  }
}

/** The status of `dig` where no server answers. */
const noReply = 9

function taken(dug: DigCall, { args }: ClientCall, answer: ProcessAnswer): Taken {
  const { type, host, server, isShort, showsAll } = dug
  if (answer.kind === 'failed' && answer.why === 'timeout') {
    const out = `;; communications error to ${server}#53: timed out\n;; no servers could be reached\n`
    return { out, outcome: { status: noReply } }
  }
  const { headers, body, status } = answer.kind === 'failed' ? absent : answer.response
  const name = whole(textFrom(body) || host)
  const data = headers.map(([kind, text]) => recordOf(name, kind, text))
  if (isShort)
    return { out: data.map((each) => `${each.at(-1)}\n`).join(''), outcome: { status: 0 } }
  const lines = data.map((each) => `${each.join('\t')}\n`).join('')
  if (!showsAll) return { out: lines, outcome: { status: 0 } }
  const said = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN'][status] ?? 'NOERROR'
  const section = data.length > 0 ? `;; ANSWER SECTION:\n${lines}\n` : ''
  const out = `
; <<>> DiG 9.18.33 <<>> ${args.join(' ')}
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: ${said}, id: 4711
;; flags: qr aa rd ra; QUERY: 1, ANSWER: ${data.length}, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;${name}\t\tIN\t${type}

${section};; SERVER: ${server}#53(${server})

`
  return { out, outcome: { status: 0 } }
}

/** What is said of a name that is not there. */
const absent = { status: 3, headers: [], body: new Uint8Array() } as const

const whole = (name: string) => (name.endsWith('.') ? name : `${name}.`)

const named: ReadonlySet<string> = new Set(['CNAME', 'PTR', 'NS', 'SRV'])

/** Owner, time to live, class, type and data. */
function recordOf(name: string, type: string, text: string): readonly string[] {
  const [alias = '', target = ''] = type === 'CNAME' ? text.split(' ') : [name, text]
  return [whole(alias), '5', 'IN', type, dataOf(type, target)]
}

function dataOf(type: string, text: string): string {
  if (type === 'TXT') return `"${text}"`
  return named.has(type) ? whole(text) : text
}
