import { atOnce, type Steps } from '#lib'
import type { KubeObject, ManagedFieldsEntry } from '../meta/object.ts'
import { StatusError } from '../status/status.ts'
import { badRequest } from '../status/status-errors.ts'
import { formatTime } from '../values/time.ts'
import { fieldsOfLastApplied, kubectlManager, withLastApplied } from './last-applied.ts'
import { type ApplyConflict, conflictError, listConflicts } from './managers/conflicts.ts'
import {
  decodeManagers,
  encodeManagers,
  type Manager,
  type Managers,
  managerId,
  withHoldings,
} from './managers/managers.ts'
import { changesOf, conflictsOf, type ManagedWrite, withoutLosses } from './managers/ownership.ts'
import {
  difference,
  differenceWithin,
  emptySet,
  equalSets,
  type FieldSet,
  hasPath,
  isEmptySet,
} from './model/field-set.ts'
import { sameJson } from './model/same-json.ts'
import { emptyValue, type OwnedType } from './model/schema.ts'
import { unownedFields, withManagedFields, withoutManagedFields } from './object-fields.ts'
import { pruneApplied } from './prune-applied.ts'
import { updateManagers } from './track-update.ts'
import { merge } from './typed/merge.ts'
import { toFieldSet } from './typed/to-field-set.ts'
import { faultsMessage, typeFaults } from './typed/validate.ts'

export interface ApplyOptions {
  readonly type: OwnedType
  /** What the endpoint serves; the applied configuration must say the same. */
  readonly apiVersion: string
  readonly kind: string
  readonly manager: string
  /** Take over what others own instead of failing. */
  readonly force?: boolean
  readonly subresource?: string
  /** What this endpoint does not write, such as `status`: it is not owned and not in conflict. */
  readonly resetFields?: FieldSet
  /** Wall time, milliseconds. */
  readonly now: number
}

/** An apply gives the object as it is then, or says with whom it conflicts. */
export type ApplyResult = Applied | ApplyRefused

interface Applied {
  readonly kind: 'applied'
  /** With its managed fields, without defaults for what is new; the live object if nothing changed. */
  readonly object: KubeObject
  readonly managedFields: readonly ManagedFieldsEntry[]
}

interface ApplyRefused {
  readonly kind: 'conflict'
  readonly conflicts: readonly ApplyConflict[]
  /** 409, with a cause for each conflict. */
  readonly error: StatusError
}

/**
 * Does a server-side apply: gives the live object (undefined when there is none) with a configuration merged
 * into it.
 * The manager owns what it applies; what it applied before and no longer does goes away
 * unless somebody else owns it. Both objects must be of the version that the options name.
 *
 * @throws StatusError 400 when the configuration is of another type or has managed fields, 500 when
 * it does not fit the schema or the live object's managed fields cannot be read (as upstream).
 */
export function* applyConfiguration(
  live: KubeObject | undefined,
  applied: KubeObject,
  options: ApplyOptions,
): Steps<ApplyResult> {
  const before = live?.metadata?.managedFields ?? []
  const managers = managersToApply(live, before, options)
  yield
  checkApplied(applied, options)
  yield
  const run: Run = { live, applied, options, managers }
  let result = yield* apply(run, options.force === true)
  if (result.kind === 'conflict' && live && options.manager === kubectlManager) {
    result = yield* adoptLastApplied(run, live, result.conflicts)
  }
  if (result.kind === 'conflict') return { ...result, error: conflictError(result.conflicts) }
  const synced =
    options.manager === kubectlManager ? withLastApplied(result.object, applied) : result.object
  yield
  const managedFields = encodeManagers(result.managers, before)
  yield
  return { kind: 'applied', object: placed(live, synced, managedFields), managedFields }
}

interface Run {
  readonly live: KubeObject | undefined
  readonly applied: KubeObject
  readonly options: ApplyOptions
  readonly managers: Managers
}

type Attempt =
  | { readonly kind: 'applied'; readonly object: KubeObject; readonly managers: Managers }
  | { readonly kind: 'conflict'; readonly conflicts: readonly ApplyConflict[] }

/** A live object that nobody manages so far counts as written by somebody before the first apply. */
function managersToApply(
  live: KubeObject | undefined,
  before: readonly ManagedFieldsEntry[],
  options: ApplyOptions,
): Managers {
  const managers = readManagers(before)
  if (managers.size > 0 || !live) return managers
  const write = writeOf(emptyValue(options.type), withoutManagedFields(live), options)
  return atOnce(updateManagers(managers, { ...options, ...write, manager: 'before-first-apply' }))
}

function readManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  try {
    return decodeManagers(entries)
  } catch (error) {
    throw unknownError(`failed to decode managed fields: ${(error as Error).message}`, error)
  }
}

function checkApplied(applied: KubeObject, options: ApplyOptions): void {
  const kind = kindText(applied)
  if (kind !== kindText(options)) throw badRequest(`invalid object type: ${kind}`)
  const { managedFields, name = '', namespace = '' } = applied.metadata ?? {}
  if (Array.isArray(managedFields)) throw badRequest('metadata.managedFields must be nil')
  const faults = typeFaults(applied, options.type)
  if (faults.length === 0) return
  const what = `${namespace}/${name}; ${kind}`
  throw unknownError(`failed to create typed patch object (${what}): ${faultsMessage(faults)}`)
}

/** Go's text of a GroupVersionKind: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
function kindText(object: KubeObject): string {
  // What is no text claims nothing, as in Go's accessors of unstructured objects.
  const [apiVersion, kind] = [object.apiVersion, object.kind].map((claim) =>
    typeof claim === 'string' ? claim : '',
  ) as [string, string]
  const parts = apiVersion.split('/')
  if (parts.length > 2) return '/, Kind='
  const [group, version] = parts.length === 2 ? parts : ['', apiVersion]
  return `${group}/${version}, Kind=${kind}`
}

/** An error that upstream does not give a reason: 500. */
function unknownError(message: string, cause?: unknown): StatusError {
  return new StatusError({ code: 500, reason: '', message, cause })
}

function* apply({ live, applied, options, managers }: Run, force: boolean): Steps<Attempt> {
  const { type, resetFields = emptySet } = options
  const identity = {
    name: options.manager || 'unknown',
    operation: 'Apply' as const,
    apiVersion: options.apiVersion,
    subresource: options.subresource ?? '',
  }
  const id = managerId(identity)
  const last = managers.get(id)
  const fields = differenceWithin(toFieldSet(applied, type), resetFields)
  yield
  const claimed = new Map(managers).set(id, withHoldings(identity, fields, last?.time))
  const base = live && withoutManagedFields(live)
  const merged = merge(base, applied, type)
  yield
  const object =
    last?.apiVersion === identity.apiVersion
      ? pruneApplied(merged, last.fields, claimed, type)
      : merged
  const write = { ...writeOf(base ?? emptyValue(type), object, options), writer: id }
  yield
  const changes = changesOf(write)
  yield
  if (!force) {
    const conflicts = conflictsOf(claimed, changes, write)
    if (conflicts.size > 0) {
      return { kind: 'conflict', conflicts: listConflicts(conflicts, claimed) }
    }
  }
  const left = withoutLosses(claimed, changes, write)
  yield
  const isSameObject = live !== undefined && sameJson(base, object)
  settle(left, id, { last, time: isSameObject ? last?.time : formatTime(options.now) })
  return { kind: 'applied', object: object as KubeObject, managers: left }
}

/** The applying manager as it is stored: without what nobody owns, unchanged if it is the same. */
function settle(
  managers: Map<string, Manager>,
  id: string,
  { last, time }: { readonly last: Manager | undefined; readonly time: string | undefined },
): void {
  const manager = managers.get(id)
  if (!manager) return
  const fields = difference(manager.fields, unownedFields)
  if (isEmptySet(fields)) managers.delete(id)
  else managers.set(id, sameManager(last, withHoldings(manager, fields, time)))
}

function sameManager(last: Manager | undefined, next: Manager): Manager {
  const isSame =
    last?.time === next.time &&
    last?.apiVersion === next.apiVersion &&
    equalSets(last.fields, next.fields)
  return isSame && last ? last : next
}

function writeOf(before: unknown, after: unknown, options: ApplyOptions): ManagedWrite {
  const { type, apiVersion, resetFields = emptySet } = options
  return { before, after, type, apiVersion, resetFields }
}

/** What kubectl's own client-side apply has set is no conflict for its server-side apply. */
function* adoptLastApplied(
  run: Run,
  live: KubeObject,
  conflicts: readonly ApplyConflict[],
): Steps<Attempt> {
  const allowed = fieldsOfLastApplied(live, run.options.type) ?? emptySet
  const rest = conflicts.filter(({ path }) => !hasPath(allowed, path))
  return rest.length === 0 ? yield* apply(run, true) : { kind: 'conflict', conflicts: rest }
}

/** The live object itself when neither the object nor who manages it has changed. */
function placed(
  live: KubeObject | undefined,
  object: KubeObject,
  managedFields: readonly ManagedFieldsEntry[],
): KubeObject {
  if (live && managedFields === (live.metadata?.managedFields ?? managedFields)) {
    if (sameJson(withoutManagedFields(live), object)) return live
  }
  return withManagedFields(object, managedFields)
}
