import { derived, messageOf } from '#lib'
import type { ManagedFieldsEntry } from '../../meta/object.ts'
import { goJson } from '../../values/go-format.ts'
import { parseTime } from '../../values/time.ts'
import type { FieldSet } from '../model/field-set.ts'
import { compareText } from '../model/path-element.ts'
import { decodeFields, encodeFields } from './fields-v1.ts'

/** Somebody who has written an object, and what of it is theirs. */
export interface Manager extends ManagerIdentity {
  /** RFC 3339; of the last write that changed something. */
  readonly time?: string
  readonly fields: FieldSet
}

export interface ManagerIdentity {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  /** Empty for the object itself. */
  readonly subresource: string
}

/** Those who update beyond this number are merged into one, oldest first. */
export const maxUpdateManagers = 10

/** By their id, see `managerId`. */
export type Managers = ReadonlyMap<string, Manager>

/**
 * Who is the same manager: those who update are told apart by the version they use, too; those who
 * apply are not, so that they can move to a new one. Upstream uses the same text, and sorts by it.
 */
export function managerId(manager: ManagerIdentity): string {
  const { name, operation, apiVersion, subresource } = manager
  const parts = [`"operation":"${operation}"`]
  if (name) parts.unshift(`"manager":${goJson(name)}`)
  if (operation === 'Update') parts.push(`"apiVersion":${goJson(apiVersion)}`)
  if (subresource) parts.push(`"subresource":${goJson(subresource)}`)
  return `{${parts.join(',')}}`
}

/** With its entry in canonical form, which is used again while nothing changes. */
export interface DecodedManager extends Manager {
  readonly id: string
  readonly entry: ManagedFieldsEntry
}

/** Stored entries are frozen and shared, so each is decoded once. `index` says which one is wrong. */
const decodedManager = derived(decodeManager)

/** @throws Error that says what is wrong with an entry. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  const managers = new Map<string, Manager>()
  for (const [i, entry] of entries.entries()) {
    const isFixed = Object.isFrozen(entry) && Object.isFrozen(entry.fieldsV1)
    const manager = isFixed ? decodedManager(entry, i) : decodeManager(entry, i)
    managers.set(manager.id, manager)
  }
  return managers
}

/** What is wrong with entries that are to be stored; undefined where nothing is. */
export function managedFieldsFault(entries: readonly ManagedFieldsEntry[]): string | undefined {
  try {
    decodeManagers(entries)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** The managers of entries that were read before and are as they would be written, in their order. */
export function knownManagers(
  entries: readonly ManagedFieldsEntry[],
): readonly DecodedManager[] | undefined {
  const found: DecodedManager[] = []
  for (const entry of entries) {
    const manager = decodedManager.known(entry)
    if (manager?.entry !== entry) return undefined
    found.push(manager)
  }
  return found
}

/** Such entries after one of the managers has come to hold something else. */
export function withManager(
  entries: readonly ManagedFieldsEntry[],
  known: DecodedManager,
  next: Manager,
): readonly ManagedFieldsEntry[] {
  if (next.fields === known.fields && next.time === known.time) return entries
  const entry = encodeManager(known.id, next)
  const changed = entries.map((each) => (each === known.entry ? entry : each))
  return Object.freeze(changed.length > 1 ? changed.sort(compareEntries) : changed)
}

function decodeManager(entry: ManagedFieldsEntry, index: number): DecodedManager {
  const { manager: name = '', operation, apiVersion = '', subresource = '', fieldsType } = entry
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new Error('operation must be `Apply` or `Update`')
  }
  if (apiVersion === '') throw new Error('apiVersion must not be empty')
  if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`)
  if (fieldsType !== 'FieldsV1') {
    throw new Error(`invalid fieldsType "${fieldsType}" in managed fields entry ${index}`)
  }
  const identity: ManagerIdentity = { name, operation, apiVersion, subresource }
  const manager = withHoldings(identity, decodeFields(entry.fieldsV1), entry.time)
  const isCanonical = encodeFields(manager.fields) === entry.fieldsV1
  return {
    ...manager,
    id: managerId(identity),
    entry: isCanonical ? entry : entryOf(manager),
  }
}

/**
 * Sorted as upstream does: those who apply first, then by time. Entries and the list are those of
 * `before` where they stay the same.
 */
export function encodeManagers(
  managers: Managers,
  before: readonly ManagedFieldsEntry[],
): readonly ManagedFieldsEntry[] {
  const entries = [...managers]
    .map(([id, manager]) => encodeManager(id, manager))
    .sort(compareEntries)
  const isSame =
    entries.length === before.length && entries.every((entry, i) => entry === before[i])
  return isSame ? before : Object.freeze(entries)
}

function encodeManager(id: string, manager: Manager): ManagedFieldsEntry {
  const known = (manager as Partial<DecodedManager>).entry
  if (known) return known
  const entry = entryOf(manager)
  decodedManager.remember(entry, { ...manager, id, entry })
  return entry
}

function entryOf({
  name,
  operation,
  apiVersion,
  subresource,
  time,
  fields,
}: Manager): ManagedFieldsEntry {
  return Object.freeze({
    ...(name && { manager: name }),
    operation,
    apiVersion,
    ...(time && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(fields),
    ...(subresource && { subresource }),
  })
}

/** The same manager with what else it holds. */
export function withHoldings(
  manager: ManagerIdentity,
  fields: FieldSet,
  time: string | undefined,
): Manager {
  const { name, operation, apiVersion, subresource } = manager
  return { name, operation, apiVersion, subresource, ...(time && { time }), fields }
}

/** By age in whole seconds; without time is the oldest. */
export function compareTimes(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  // Times as we write them are in order as texts.
  if (a?.length === wholeSeconds && b?.length === wholeSeconds) return compareText(a, b)
  return secondsOf(a) - secondsOf(b)
}

const wholeSeconds = '2026-01-02T03:04:05Z'.length

function secondsOf(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor((parseTime(time) ?? 0) / 1000)
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareText(a.operation ?? '', b.operation ?? '') ||
    compareTimes(a.time, b.time) ||
    compareText(a.manager ?? '', b.manager ?? '') ||
    compareText(a.apiVersion ?? '', b.apiVersion ?? '') ||
    compareText(a.subresource ?? '', b.subresource ?? '')
  )
}
