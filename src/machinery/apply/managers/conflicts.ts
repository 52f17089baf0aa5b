import type { StatusError } from '../../status/status.ts'
import { applyConflict } from '../../status/status-errors.ts'
import { goQuote } from '../../values/go-format.ts'
import { type FieldSet, pathsOf } from '../model/field-set.ts'
import { compareText, type OwnedPath, pathText } from '../model/path-element.ts'
import type { Manager, Managers } from './managers.ts'

/** A field that would be changed by somebody who does not own it. */
export interface ApplyConflict {
  readonly manager: Manager
  readonly path: OwnedPath
}

/** By manager, then by path. */
export function listConflicts(
  conflicts: ReadonlyMap<string, FieldSet>,
  managers: Managers,
): readonly ApplyConflict[] {
  return [...conflicts]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([id, fields]) =>
      [...pathsOf(fields)].map((path) => ({ manager: managers.get(id)!, path })),
    )
}

/** 409 with a cause for each conflict; the text is that which kubectl shows. */
export function conflictError(conflicts: readonly ApplyConflict[]): StatusError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }))
  return applyConflict(causes, conflictMessage(conflicts))
}

function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts
  if (first && conflicts.length === 1) {
    const { manager, path } = first
    return `Apply failed with 1 conflict: conflict with ${managerText(manager)}: ${pathText(path)}`
  }
  const lines: string[] = []
  let last: Manager | undefined
  for (const { manager, path } of conflicts) {
    if (manager !== last) lines.push(`conflicts with ${managerText(manager)}:`)
    lines.push(`- ${pathText(path)}`)
    last = manager
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

function managerText(manager: Manager): string {
  const { name, subresource, operation, apiVersion } = manager
  const who = subresource
    ? `${goQuote(name)} with subresource ${goQuote(subresource)}`
    : goQuote(name)
  return operation === 'Update' ? `${who} using ${apiVersion}` : who
}
