import type { PathHandler } from '#apiserver'
import { badRequest, notFound } from '#machinery/status'

/** The path that serves the content of a Snapshot object: `?name=NAME`. */
export const snapshotPath = '/knarr/v1/snapshot'

/** Serves the contents of snapshots to clients that RBAC allows to read the path. */
export function snapshotPaths(
  contents: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, PathHandler> {
  return new Map<string, PathHandler>([
    [
      snapshotPath,
      async ({ request }) => {
        const name = request.query.get('name')
        if (!name) throw badRequest('the parameter name is required')
        const bytes = contents.get(name)
        if (!bytes) throw notFound({ group: 'sim.knarr.dev', plural: 'snapshots' }, name)
        const contentType = 'application/octet-stream'
        return { status: 200, headers: {}, body: { kind: 'bytes', contentType, bytes } }
      },
    ],
  ])
}
