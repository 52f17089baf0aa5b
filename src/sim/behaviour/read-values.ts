import { KnarrError } from '#lib'
import { parseDuration } from '#machinery'
import { parseQuantity, quantityNumber } from '#machinery/quantity'
import type { Behaviour, Termination } from './behaviour.ts'

/** Readers of the values of behaviour keys; each throws a `BadBehaviour` that names `where`. */

export function readDurationAt(text: string, where: string): number {
  try {
    const ms = parseDuration(text)
    if (ms >= 0) return ms
  } catch {
    // Said below, with the place.
  }
  throw bad(where, text, 'not a duration', "Write it like '250ms', '5s' or '1m30s'.")
}

export function readQuantityAt(text: string, where: string): number {
  try {
    const value = quantityNumber(parseQuantity(text))
    if (value >= 0) return value
  } catch {
    // Said below, with the place.
  }
  throw bad(where, text, 'not a quantity', "Write it like '64Mi', '500m' or '2'.")
}

export function readExitCode(text: string, where: string): number {
  const code = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (code <= 255) return code
  throw bad(where, text, 'not an exit code', 'Write a number from 0 to 255.')
}

/** `after 5s`, or `0s:false,5s:true`. */
export function readSchedule(text: string, where: string): Behaviour['ready'] {
  const [, after] = /^after (.+)$/.exec(text) ?? []
  if (after !== undefined) {
    return [
      { fromMs: 0, isReady: false },
      { fromMs: readDurationAt(after, where), isReady: true },
    ]
  }
  const steps = text.split(',').map((part) => {
    const [, at, value] = /^([^:]+):(true|false)$/.exec(part.trim()) ?? []
    if (at === undefined) {
      throw bad(where, text, 'not a schedule', "Write 'after 5s', or '0s:false,5s:true'.")
    }
    return { fromMs: readDurationAt(at, where), isReady: value === 'true' }
  })
  return steps.toSorted((a, b) => a.fromMs - b.fromMs)
}

export function readTermination(text: string, where: string): Termination {
  const [word, value, ...more] = text.trim().split(/\s+/)
  if (more.length === 0) {
    if (word === 'ignore' && value === undefined) return { kind: 'ignore' }
    if (word === 'drain') {
      return { kind: 'drain', ms: value === undefined ? 0 : readDurationAt(value, where) }
    }
    if (word === 'exit' && value !== undefined) {
      return { kind: 'exit', code: readExitCode(value, where) }
    }
  }
  throw bad(where, text, 'not a way to end', "Write 'drain 5s', 'ignore' or 'exit 3'.")
}

export function readAnswers(text: string, where: string): Behaviour['answers'] {
  return text.split(',').map((part) => {
    const [, path, status] = /^(\/[^=]*)=(\d{3})$/.exec(part.trim()) ?? []
    if (path !== undefined) return [path, Number(status)] as const
    throw bad(where, text, 'not answers', "Write paths and statuses: '/healthz=500,/=200'.")
  })
}

export function readImage(text: string, where: string): 'missing' | 'forbidden' | 'slow' {
  if (text === 'missing' || text === 'forbidden' || text === 'slow') return text
  throw bad(where, text, 'not how a registry answers', 'Write missing, forbidden or slow.')
}

/** The number of a user. */
export function readUser(text: string, where: string): number {
  const user = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (user <= 2_147_483_647) return user
  throw bad(where, text, 'not the number of a user', 'Write a number from 0 to 2147483647.')
}

function bad(where: string, text: string, why: string, hint: string): KnarrError {
  return new KnarrError('BadBehaviour', `${where}: ${why}: ${JSON.stringify(text)}. ${hint}`, {
    hint,
  })
}
