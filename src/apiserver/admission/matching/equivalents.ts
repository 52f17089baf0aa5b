import type { Resource } from '#machinery'
import type { Served } from '../../served/served.ts'

/** All resources at which the objects of one that is stored can be written, in the order of discovery. */
export type Equivalents = (stored: Resource, subresource: string) => readonly Resource[]

/** Finds equivalent resources: views and versions of the same objects. Remembers them until what is served changes. */
export function createEquivalents(served: Pick<Served, 'all' | 'storedAs'>): Equivalents {
  let all: readonly Resource[] = []
  const known = new Map<string, readonly Resource[]>()
  return (stored, subresource) => {
    if (served.all !== all) {
      known.clear()
      all = served.all
    }
    const { group, version, plural } = stored
    const id = `${group}/${version}/${plural}/${subresource}`
    const found = known.get(id)
    if (found) return found
    const isSame = (other: Resource | undefined) =>
      other?.group === group && other.plural === plural && other.version === version
    const same = all.filter(
      (resource) =>
        isSame(served.storedAs(resource)) &&
        (subresource === '' || hasPart(resource, subresource, stored)),
    )
    known.set(id, same)
    return same
  }
}

/** A view has the parts of what it is a view of, unless it is a version of a custom resource. */
function hasPart(resource: Resource, subresource: string, stored: Resource): boolean {
  const { subresources = {} } = resource.isCustom ? resource : stored
  return Object.hasOwn(subresources, subresource)
}
