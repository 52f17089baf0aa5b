import { encodedFrom, type KubeObject, type WatchFrame } from '#machinery'

/** Tells a client that all it asked to see at first has been sent (upstream: WatchList). */
const initialEventsEnd = 'k8s.io/initial-events-end'

/** A frame that says nothing but how far the watch has seen. */
export function bookmarkFrame(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  revision: number,
  endsInitialEvents = false,
): WatchFrame {
  const object: KubeObject = {
    kind,
    apiVersion,
    metadata: {
      resourceVersion: String(revision),
      ...(endsInitialEvents && { annotations: { [initialEventsEnd]: 'true' } }),
    },
  }
  return { type: 'BOOKMARK', object: encodedFrom(object) }
}
