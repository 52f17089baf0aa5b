import type { ProcessAnswer, ProcessFiles, ProcessRequest } from '../../process/process.ts'
import type { ClientProgress } from '../run/state.ts'

/** A program that asks a server over the network, one request after the other. */
export interface ClientProgram {
  /** The call with the options that it knows, as the documentation shows it. */
  readonly usage: string
  /** Whether a call reads its input to the end before it asks; none does unless it is said. */
  readsInput?(args: readonly string[]): boolean
  /** What it sends next, or how it ends; called again after each answer, and after a pause. */
  next(call: ClientCall): Ended | Sending
  /** Takes the answer. */
  take(call: ClientCall, answer: ProcessAnswer): Taken
}

/** What a client sees of the shell that runs it. */
export interface ClientCall {
  readonly args: readonly string[]
  readonly files: ProcessFiles
  /** The image's programs are busybox's. */
  readonly isBusybox: boolean
  readonly isTerminal: boolean
  /** The address that the container has. */
  readonly ip: string
  readonly nowMs: number
  readonly wallMs: number
  readonly progress: ClientProgress
  /** A path from where the command runs. */
  at(path: string): string
  /** Looks a host up, without asking anybody. */
  resolve(host: string): { readonly ip: string; readonly name: string } | undefined
}

/** The first step of a client. */
export const firstStep: Omit<ClientProgress, 'sinceMs'> = { index: 0, tries: 0, status: 0 }

export interface Said {
  readonly out?: string
  readonly err?: string
}

export interface Ended extends Said {
  readonly kind: 'ended'
  readonly status: number
}

export interface Sending extends Said {
  readonly kind: 'sending'
  readonly request: ProcessRequest
}

export interface Taken extends Said {
  /** The same again after a pause, or what comes next; the status is then remembered. */
  readonly outcome: { readonly againAfterMs: number } | { readonly status: number }
}

/** An address of HTTP, taken apart. */
export interface Address {
  readonly text: string
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
}

/** Reads `http://host:port/path`, or the same without the scheme. */
export function readAddress(text: string): Address {
  const sign = text.indexOf('://')
  const scheme = sign < 0 ? 'http' : text.slice(0, sign).toLowerCase()
  const rest = before(sign < 0 ? text : text.slice(sign + 3), '#')
  const cut = rest.search(/[/?]/)
  const authority = cut < 0 ? rest : rest.slice(0, cut)
  const path = cut < 0 ? '' : rest.slice(cut)
  const place = authority.slice(authority.lastIndexOf('@') + 1)
  // The colons of an address of IPv6 stand in brackets.
  const colon = place.indexOf(':', place.indexOf(']') + 1)
  const host = colon < 0 ? place : place.slice(0, colon)
  const port = colon < 0 ? '' : place.slice(colon + 1)
  return {
    text,
    scheme,
    host: host.startsWith('[') ? host.slice(1, -1) : host,
    port: /^\d{1,5}$/.test(port) ? Number(port) : scheme === 'https' ? 443 : 80,
    path: path.startsWith('/') ? path : `/${path}`,
  }
}

function before(text: string, sign: string): string {
  const at = text.indexOf(sign)
  return at < 0 ? text : text.slice(0, at)
}

/** The last name in the path of an address, without its query. */
export function fileNameOf({ path }: Address): string {
  const bare = before(path, '?')
  return bare.slice(bare.lastIndexOf('/') + 1)
}

/** An address with the scheme and path that it leaves out. */
export function wholeUrl({ text }: Address): string {
  const whole = text.includes('://') ? text : `http://${text}`
  return /:\/\/[^/?]*$/.test(whole) ? `${whole}/` : whole
}

/** As `Host` has it. */
export function hostOf({ host, port, scheme }: Address): string {
  const isUsual = port === (scheme === 'https' ? 443 : 80)
  const name = host.includes(':') ? `[${host}]` : host
  return isUsual ? name : `${name}:${port}`
}

/** `--max-time 1.5`. */
export function secondsIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,9}(\.\d{1,9})?$/.test(text)) return undefined
  return Number(text) * 1000
}
