import { endpointSlices } from '#api'
import { isNotFound } from '#machinery/status'
import type { ReconcileContext } from '../runner/controller.ts'
import { untilLeaving, untilObserved } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import type { SliceAction } from './plan.ts'

type Slices = Parameters<typeof untilObserved>[0]

/** Writes or deletes one slice, and waits until the cache shows it. */
export async function executeSliceAction(
  action: SliceAction,
  cache: Slices,
  context: ReconcileContext,
): Promise<void> {
  const { client } = context
  try {
    if (action.kind === 'delete') {
      await client.delete(endpointSlices, action.slice.metadata)
      await untilLeaving(cache, action.slice, context)
      return
    }
    const written =
      action.kind === 'create'
        ? await client.create(endpointSlices, action.slice)
        : await client.update(endpointSlices, action.slice)
    await untilObserved(cache, written, context)
  } catch (error) {
    if (!isNotFound(error) && !namespaceIsTerminating(error)) throw error
  }
}
