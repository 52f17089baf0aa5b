import { type KubeObject, keyOf, type ResourceRef, type Stored } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'

type Known = readonly [resource: ResourceRef, object: KubeObject]

/** An ObjectReader over the objects given; for tests of what only reads. */
export function objectsOf(known: readonly Known[]): ObjectReader {
  const all = known.map(([resource, object]) => ({
    resource: nameOf(resource),
    object: stored(resource, object),
  }))
  const ofResource = (resource: ResourceRef) =>
    all.filter((each) => each.resource === nameOf(resource)).map(({ object }) => object)
  return {
    get: <T extends KubeObject>(resource: ResourceRef<T>, key: { name: string }) =>
      ofResource(resource).find((object) => keyOf(object) === keyOf(key)) as Stored<T> | undefined,
    list: <T extends KubeObject>(resource: ResourceRef<T>, namespace?: string) =>
      ofResource(resource).filter(
        ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
      ) as Stored<T>[],
    byField: <T extends KubeObject>(resource: ResourceRef<T>, field: string, value: string) =>
      ofResource(resource).filter((object) => at(object, field) === value) as Stored<T>[],
  }
}

/** An object with the metadata that a stored one has. */
export function stored<T extends KubeObject>(resource: ResourceRef<T>, object: T): Stored<T> {
  const { group, version, kind } = resource
  const metadata = {
    uid: `uid-${keyOf(object)}`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...object.metadata,
  }
  const apiVersion = group === '' ? version : `${group}/${version}`
  return { apiVersion, kind, ...object, metadata } as Stored<T>
}

function nameOf({ group, plural }: Pick<ResourceRef, 'group' | 'plural'>): string {
  return `${plural}.${group}`
}

function at(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)
}
