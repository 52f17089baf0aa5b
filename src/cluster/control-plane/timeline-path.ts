import { type Deployment, pods, type Service } from '#api'
import type { ApiServer, PathHandler } from '#apiserver'
import { createTimeline, drawTimeline, formatTimeline, type History, podsBehind } from '#history'
import { groupResourceOf, type Stored } from '#machinery'
import { matchesLabels, selectorFromMap, selectorFromObject } from '#machinery/selectors'
import { badRequest, StatusError } from '#machinery/status'

/** What happened to pods: `?resource=pods&namespace=default&name=web&output=svg`. */
export const timelinePath = '/knarr/v1/timeline'

type ServerView = Pick<ApiServer, 'objects' | 'served'>

const contentTypes = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
} as const

/** Serves the timeline of a pod, or of the pods of a workload or a Service. */
export function timelineHandler(history: History, server: () => ServerView): PathHandler {
  return async ({ request: { query } }) => {
    const [resource, name] = [query.get('resource'), query.get('name')]
    if (!resource || !name) throw badRequest('the parameters resource and name are required')
    const namespace = query.get('namespace') ?? ''
    const isWanted = podsOf(server(), history, { resource, namespace, name })
    const timeline = createTimeline(history.entries, isWanted)
    if (timeline.moments.length === 0) {
      const message = `nothing is known of pods of ${resource} "${name}"`
      throw new StatusError({ code: 404, reason: 'NotFound', message })
    }
    const output = query.get('output') ?? 'text'
    const formats = {
      text: () => formatTimeline(timeline),
      json: () => `${JSON.stringify(timeline, null, 2)}\n`,
      svg: () => drawTimeline(timeline),
    }
    if (output !== 'text' && output !== 'json' && output !== 'svg') {
      throw badRequest(`no output: ${output} (there are text, json, svg)`)
    }
    const bytes = Buffer.from(formats[output]())
    const body = { kind: 'bytes', contentType: contentTypes[output], bytes } as const
    return { status: 200, headers: {}, body }
  }
}

interface Named {
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

/** Tells which pods are meant: those that are selected now, and those before that had a workload's name or were endpoints of a Service. */
function podsOf(
  { objects, served }: ServerView,
  history: History,
  { resource: text, namespace, name }: Named,
): (pod: string) => boolean {
  if (text === 'pods') return (pod) => pod === `${namespace}/${name}`
  const resource = served.all.find((each) => groupResourceOf(each) === text)
  const object = resource && objects.get(resource, { namespace, name })
  const isService = text === 'services'
  // Cast: workloads select as a Deployment does; what has no selector selects nothing.
  // Cast: the resource says which kind the object is of.
  const { spec } = (object ?? {}) as Partial<Stored<Deployment>>
  // Cast: services select by labels alone.
  // Cast: the resource says which kind the object is of.
  const own = isService ? (object as Stored<Service> | undefined)?.spec?.selector : spec?.selector
  if (!own) return () => false
  const selector = isService
    ? // Cast: as above.
      // Cast: the selector of a Service is a map.
      selectorFromMap(own as Readonly<Record<string, string>>)
    : selectorFromObject(own)
  const live = objects
    .list(pods, namespace)
    .filter(({ metadata }) => matchesLabels(selector, metadata.labels))
  const before = isService ? podsBehind(history.entries, `${namespace}/${name}`) : []
  const names = new Set([...before, ...live.map(({ metadata }) => `${namespace}/${metadata.name}`)])
  return (pod) => names.has(pod) || (!isService && pod.startsWith(`${namespace}/${name}-`))
}
