import type { KubeObject, Resource, Stored } from '#machinery'
import { fieldErrorMessage } from '#machinery/validation'

/** What the server would say of a new object: errors after defaulting and preparation. */
export function refusalsOf<T extends KubeObject>(resource: Resource<T>, object: T): string[] {
  return resource.strategy.validate(made(resource, object)).map(fieldErrorMessage)
}

/** What it would say of an update of the first into the second. */
export function updateRefusalsOf<T extends KubeObject>(
  resource: Resource<T>,
  before: T,
  after: T,
): string[] {
  const { strategy } = resource
  const old = asStored(made(resource, before))
  const draft = strategy.default?.(withMeta(after)) ?? withMeta(after)
  const meta = { ...draft, metadata: { ...old.metadata, ...draft.metadata } } as T
  const next = strategy.prepareForUpdate?.(meta, old, context) ?? meta
  return strategy.validateUpdate(next, old).map(fieldErrorMessage)
}

/** The object as it is stored. */
export function storedForm<T extends KubeObject>(resource: Resource<T>, object: T): Stored<T> {
  return asStored(made(resource, object))
}

const context = { nowMs: 0, user: { name: 'admin', groups: [] } }

function made<T extends KubeObject>({ strategy }: Resource<T>, object: T): T {
  const named = withMeta(object)
  const defaulted = strategy.default?.(named) ?? named
  return strategy.prepareForCreate?.(defaulted, context) ?? defaulted
}

function withMeta<T extends KubeObject>(object: T): T {
  return { ...object, metadata: { name: 'a', namespace: 'b', ...object.metadata } }
}

function asStored<T extends KubeObject>(object: T): Stored<T> {
  const metadata = {
    uid: 'u',
    resourceVersion: '7',
    creationTimestamp: '2026-01-02T03:04:05Z',
    ...object.metadata,
  }
  return { ...object, metadata } as Stored<T>
}
