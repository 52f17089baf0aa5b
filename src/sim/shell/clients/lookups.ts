import { isIP, isIPv4 } from 'node:net'
import { parseIp } from '#machinery/validation'
import { textFrom } from '../../process/bytes.ts'
import type { ProcessAnswer, ProcessFiles } from '../../process/process.ts'
import type { ClientCall, ClientProgram, Taken } from './client.ts'

/** The status of `getent` for a key that is not there. */
const notFound = 2

/** `getent hosts`: it looks up one name after the other. */
export const getent: ClientProgram = {
  usage: 'getent hosts|ahosts|ahostsv4 NAME…',
  next: ({ args: [database = '', ...names], progress }) => {
    if (!/^(a?hosts|ahostsv4)$/.test(database)) {
      const err = `Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.\n`
      return { kind: 'ended', status: 1, err }
    }
    const host = names[progress.index]
    if (host === undefined) return { kind: 'ended', status: progress.status }
    return { kind: 'sending', request: { protocol: 'names', host, port: namePort } }
  },
  take: ({ args: [database] }, answer) => {
    if (answer.kind === 'failed') return { outcome: { status: notFound } }
    const name = textFrom(answer.response.body)
    const found = answer.response.headers.map(([, ip]) => ip)
    const isWanted = (ip: string) => database !== 'ahostsv4' || isIPv4(ip)
    const all = (found.length > 0 ? found : [answer.ip]).filter(isWanted)
    if (all.length === 0) return { outcome: { status: notFound } }
    // Of both families it shows the addresses of the first that has any.
    const [first = ''] = all
    const shown = database === 'hosts' ? all.filter((ip) => isIPv4(ip) === isIPv4(first)) : all
    const lines = shown.map((each, index) => {
      const ip = each.padEnd(15)
      if (database === 'hosts') return `${ip} ${name}\n`
      return `${ip} STREAM ${index === 0 ? name : ''}\n${ip} DGRAM  \n${ip} RAW    \n`
    })
    return { out: lines.join(''), outcome: { status: 0 } }
  },
}

export const namePort = 53

interface LookUpCall {
  readonly host: string | undefined
  readonly type: string | undefined
  readonly server: string
}

/** `nslookup`: it says whom it asked, and what that said. */
export const nslookup: ClientProgram = {
  usage: 'nslookup [-type=TYPE] NAME [SERVER]',
  next: (call) => {
    const { host, type, server } = readCall(call)
    if (call.progress.index > 0) return { kind: 'ended', status: call.progress.status }
    if (host === undefined) {
      return { kind: 'ended', status: 1, err: 'Usage: nslookup HOST [DNS_SERVER]\n' }
    }
    const asked = type === 'PTR' && isIP(host) !== 0 ? reversed(host) : host
    return {
      kind: 'sending',
      request: {
        protocol: 'names',
        host: asked,
        port: namePort,
        server,
        ...(type === undefined ? {} : { type }),
      },
    }
  },
  take: (call, answer) => taken(readCall(call), call, answer),
}

function readCall({ args, files }: ClientCall): LookUpCall {
  const [host, given] = args.filter((arg) => !arg.startsWith('-'))
  const named = args.findLast((arg) => /^-(type|querytype|q)=/.test(arg))
  const type = named?.slice(named.indexOf('=') + 1).toUpperCase()
  const isReverse = type === undefined && host !== undefined && isIP(host) !== 0
  return {
    host,
    type: isReverse ? 'PTR' : type === 'ANY' ? undefined : type,
    server: given ?? nameserverOf(files),
  }
}

/** The name by which an address is looked up. */
export function reversed(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').reverse().join('.')}.in-addr.arpa`
  const bytes = parseIp(ip)?.bytes ?? []
  const digits = bytes.flatMap((byte) => [...byte.toString(16).padStart(2, '0')])
  return `${digits.reverse().join('.')}.ip6.arpa`
}

function taken(
  { host = '', type, server }: LookUpCall,
  call: ClientCall,
  answer: ProcessAnswer,
): Taken {
  const port = call.isBusybox ? ':53' : '#53'
  const head = `Server:\t\t${server}\nAddress:\t${server}${port}\n\n`
  if (answer.kind === 'failed' && answer.why === 'timeout') {
    const out = ';; connection timed out; no servers could be reached\n\n'
    return { out, outcome: { status: 1 } }
  }
  const rcode = answer.kind === 'failed' ? nameError : answer.response.status
  if (answer.kind === 'failed' || rcode !== 0) {
    const why = rcode === nameError ? 'NXDOMAIN' : 'SERVFAIL'
    const fault = `** server can't find ${host}: ${why}\n\n`
    // busybox's asks for both kinds of address, and is told twice.
    const isTwice = call.isBusybox && type === undefined
    return { out: head + (isTwice ? fault + fault : fault), outcome: { status: 1 } }
  }
  const { headers, body } = answer.response
  const name = textFrom(body)
  const lines = headers.map(([kind, text]) => recordLine(kind, name, text))
  return { out: `${head}${lines.join('')}\n`, outcome: { status: 0 } }
}

/** The reply code of a name that is not there. */
const nameError = 3

/** As `ALIAS NAME`. */
function canonicalLine(text: string): string {
  const [alias = '', name = ''] = text.split(' ')
  return `${alias}\tcanonical name = ${name}\n`
}

const words: Readonly<Record<string, (text: string) => string>> = {
  SRV: (text) => `service = ${text}`,
  PTR: (text) => `name = ${text}`,
  TXT: (text) => `text = "${text}"`,
  NS: (text) => `nameserver = ${text}`,
  SOA: (text) => `origin = ${text}`,
}

function recordLine(type: string, name: string, text: string): string {
  if (type === 'CNAME') return canonicalLine(text)
  const said = words[type]
  return said ? `${name}\t${said(text)}\n` : `Name:\t${name}\nAddress: ${text}\n`
}

/** Whom a container's own resolv.conf names first. */
export function nameserverOf(files: ProcessFiles): string {
  const lines = files.read('/etc/resolv.conf')?.split('\n') ?? []
  const line = lines.find((each) => /^nameserver\s/.test(each)) ?? ''
  return line.split(/\s+/)[1] ?? '127.0.0.1'
}
