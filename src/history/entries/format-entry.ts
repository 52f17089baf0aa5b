import { formatMicroTime, type Trigger } from '#machinery'
import type { LogEntry } from './entry.ts'

/**
 * Formats an entry as one line of stable text, its time absolute or as an offset from `sinceMs`. Equal
 * runs give equal lines, byte for byte.
 */
export function formatEntry(entry: LogEntry, sinceMs?: number): string {
  const time =
    sinceMs === undefined ? formatMicroTime(entry.wallMs) : formatOffset(entry.wallMs - sinceMs)
  const { actor, verb, resource, subresource, key, revision, changes, trigger } = entry
  const what = `${resource}${subresource ? `/${subresource}` : ''}`
  const object = [what, key].filter(Boolean).join(' ')
  const at = revision === undefined ? '' : ` @${revision}`
  const because = trigger ? ` (${formatTrigger(trigger)})` : ''
  const head = [time, actor, verb, object].filter(Boolean).join(' ')
  return oneLine(`${head}${at}: ${changes.join('; ')}${because}`)
}

/** Formats a difference in time, such as `+3.2s`. */
export function formatOffset(ms: number): string {
  return `${ms < 0 ? '-' : '+'}${Math.abs(Math.round(ms)) / 1000}s`
}

/** Formats the reason of a write. */
export function formatTrigger(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'change':
      return `because ${trigger.resource} ${trigger.key} changed @${trigger.resourceVersion}`
    case 'timer': {
      const { purpose, setBy } = trigger
      const origin = setBy
        ? `, set by ${setBy.resource} ${setBy.key} @${setBy.resourceVersion}`
        : ''
      return `because of a timer: ${purpose}${origin}`
    }
    case 'observed':
      return `because it saw: ${trigger.what}`
    case 'request':
      return 'by request'
  }
}

function oneLine(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
