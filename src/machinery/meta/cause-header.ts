import type { Cause, ChangeTrigger, Trigger } from './cause.ts'

/** The request header by which a cause crosses HTTPS, in lower case as requests hold it. */
export const causeHeader = 'knarr-cause'

/** The most bytes that the header may have. */
export const causeHeaderBytes = 4096

/**
 * A cause as the value of the `Knarr-Cause` header: JSON in ASCII, at most `causeHeaderBytes` long. A
 * text that would make it longer is cut. Undefined when the names alone are too long, which no names
 * of Kubernetes' are.
 */
export function encodeCause(cause: Cause): string | undefined {
  const whole = asciiJson(cause)
  if (whole.length <= causeHeaderBytes) return whole
  const { trigger } = cause
  const text = textOf(trigger)
  for (let length = text.length >> 1; length > 0; length >>= 1) {
    const cut = asciiJson({ ...cause, trigger: withText(trigger, `${text.slice(0, length)}…`) })
    if (cut.length <= causeHeaderBytes) return cut
  }
  return undefined
}

/** The cause that a header's value tells; undefined for a value that tells none. */
export function decodeCause(header: string): Cause | undefined {
  if (header.length > causeHeaderBytes) return undefined
  const { actor, trigger: fields } = fieldsOf(parsed(header))
  const trigger = triggerOf(fieldsOf(fields))
  return isText(actor) && trigger ? { actor, trigger } : undefined
}

function triggerOf(fields: Fields): Trigger | undefined {
  const { kind, purpose, what } = fields
  if (kind === 'change') return changeOf(fields)
  if (kind === 'request') return { kind }
  if (kind === 'observed') return isText(what) ? { kind, what } : undefined
  if (kind !== 'timer' || !isText(purpose)) return undefined
  if (fields.setBy === undefined) return { kind, purpose }
  const setBy = changeOf(fieldsOf(fields.setBy))
  return setBy && { kind, purpose, setBy }
}

function changeOf({ kind, resource, key, resourceVersion }: Fields): ChangeTrigger | undefined {
  if (kind !== 'change' || !isText(resource) || !isText(key) || !isText(resourceVersion)) {
    return undefined
  }
  return { kind, resource, key, resourceVersion }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(trigger: Trigger): string {
  if (trigger.kind === 'observed') return trigger.what
  return trigger.kind === 'timer' ? trigger.purpose : ''
}

function withText(trigger: Trigger, text: string): Trigger {
  if (trigger.kind === 'observed') return { ...trigger, what: text }
  return trigger.kind === 'timer' ? { ...trigger, purpose: text } : trigger
}

/** A header holds no other characters. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
