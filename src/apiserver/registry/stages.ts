import { inTurn, type MaybePromise } from '#lib'
import type { Turn } from '../request/resource-request.ts'
import { admit, mutate } from './write/admission.ts'
import { allocate } from './write/allocate.ts'
import { commit } from './write/commit.ts'
import { decode } from './write/decode.ts'
import { applyDefaults, applyDefaultsToMutated, keepServerMetadata } from './write/defaults.ts'
import { setManagedFields } from './write/field-managers.ts'
import { permit } from './write/permit.ts'
import { prepare } from './write/prepare.ts'
import { validate } from './write/validate.ts'
import type { Admissible, ObjectWrite } from './write/write.ts'

/** One step of a write: gives the write as the step leaves it. @throws StatusError to refuse. */
export type Stage<W> = (write: W) => MaybePromise<W>

/**
 * From what a request asks for to the object that it wants stored, with all that plugins add to it.
 * Upstream does this in `endpoints/handlers`.
 */
export const requestStages: readonly Stage<ObjectWrite>[] = [
  decode,
  applyDefaults,
  setManagedFields,
  mutate,
  applyDefaultsToMutated,
]

/**
 * From the object that a request wants stored to the stored one; upstream's `registry.Store`. A create
 * passes them again with another name when a generated one is taken.
 */
export const storageStages: readonly Stage<ObjectWrite>[] = [
  prepare,
  allocate,
  validate,
  permit,
  admit,
  commit,
]

/**
 * Every write of a client: create, update, patch and apply differ only in what they decode. An update
 * passes all stages again when somebody else has written in between.
 */
export const writeStages: readonly Stage<ObjectWrite>[] = [...requestStages, ...storageStages]

/**
 * What an action does to stored objects, such as binding a pod to a node. The action itself has been
 * admitted, and it may change what a client may not, so that neither plugins nor the strategy are
 * asked (upstream: `BindingREST` and `EvictionREST` write past them).
 */
export const internalWriteStages: readonly Stage<ObjectWrite>[] = [
  decode,
  keepServerMetadata,
  commit,
]

/**
 * What acts or connects and is not stored: bindings, evictions, tokens, reviews, exec, proxies. It is
 * decoded before, since its body may say what it is about, and carried out afterwards.
 */
export const actionStages: readonly Stage<Admissible>[] = [mutate, admit]

/**
 * Passes a write through stages, without waiting between those that answer at once, or with others' turn
 * before each where the write is long. What happens meanwhile is seen by the commit, which is guarded by the
 * revision that was read.
 */
export function passStages<W>(stages: readonly Stage<W>[], write: W, turn?: Turn): MaybePromise<W> {
  const take = (current: W, stage: Stage<W>) => stage(current)
  if (!turn) return inTurn(stages, write, take)
  return inTurn(stages, write, (current, stage) => turn().then(() => take(current, stage)))
}
