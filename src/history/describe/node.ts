import type { Node, Taint } from '#api'
import { conditionChanges } from './conditions.ts'
import { valueChange } from './values.ts'

export function describeNode(before: Node | undefined, after: Node): readonly string[] {
  const text = ({ key, effect }: Taint) => `${key}:${effect}`
  const was = new Set((before?.spec?.taints ?? []).map(text))
  const is = new Set((after.spec?.taints ?? []).map(text))
  return [
    ...conditionChanges(before?.status?.conditions, after.status?.conditions),
    ...[...is].filter((each) => !was.has(each)).map((each) => `taint ${each} added`),
    ...[...was].filter((each) => !is.has(each)).map((each) => `taint ${each} removed`),
    ...valueChange(
      'unschedulable',
      before?.spec?.unschedulable ?? false,
      after.spec?.unschedulable ?? false,
    ),
  ]
}

export function nodeState({ status, spec }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const reason = ready?.reason && ready.status !== 'True' ? ` (${ready.reason})` : ''
  const cordoned = spec?.unschedulable ? ', unschedulable' : ''
  return `Ready ${ready?.status ?? 'Unknown'}${reason}${cordoned}`
}
