import { type Encoded, encodedFrom, groupResourceOf, type Stored } from '#machinery'
import { notFound } from '#machinery/status'
import type { RequestScope } from '../../request/resource-request.ts'
import type { ListResult } from '../bodies/respond.ts'
import { selectionFor } from './list.ts'

type Compute = () => Promise<readonly Stored[]>

/** How the objects of a kind are found out that are stored nowhere; undefined for all other kinds. */
export function computedBy({ world, stored }: RequestScope): Compute | undefined {
  const { computed } = world
  const name = groupResourceOf(stored)
  return Object.hasOwn(computed, name) ? computed[name] : undefined
}

/** GET of one object that is stored nowhere. @throws StatusError 404, which names the kind by its singular. */
export async function getComputed(
  { resource, name }: RequestScope,
  compute: Compute,
): Promise<Encoded<Stored>> {
  const found = (await compute()).find(({ metadata }) => metadata.name === name)
  if (!found) throw notFound({ ...resource, plural: resource.singular }, name)
  return encodedFrom(found)
}

/** GET of a collection that is stored nowhere: it is no revision's, and has no pages. */
export async function listComputed(scope: RequestScope, compute: Compute): Promise<ListResult> {
  const selection = selectionFor(scope)
  const items = (await compute()).filter((object) => selection.matches(object))
  return { metadata: {}, items: items.map((object) => encodedFrom(object)) }
}
