/** Every key of a behaviour, and what its value is; the schema and the documentation follow it. */
export const behaviourKeys = {
  startup: { form: 'duration', what: 'how long it takes until it listens' },
  ready: {
    form: 'schedule',
    what: 'when it says that it is ready: `after 5s`, or `0s:false,5s:true,60s:false`; before and between, HTTP answers 503',
  },
  'exit-after': { form: 'duration', what: 'ends by itself after so long' },
  'exit-code': { form: 'exitCode', what: 'what it then ends with; default 0' },
  memory: { form: 'quantity', what: 'memory that it uses from the start; default 16Mi' },
  'memory-growth': {
    form: 'quantity',
    what: 'memory that it takes more each second; over its limit it is killed',
  },
  cpu: { form: 'quantity', what: 'processors that it keeps busy; default 1m' },
  'on-sigterm': {
    form: 'termination',
    what: '`drain 5s` (takes no more requests, ends with 0 after so long), `ignore`, or `exit 3`',
  },
  latency: { form: 'duration', what: 'how long each request takes' },
  answers: { form: 'answers', what: 'status by path: `/healthz=500,/=200`' },
  admission: {
    form: 'admission',
    what: 'what it answers as an admission webhook: `allow`, `warn TEXT`, `deny TEXT` or `patch [JSON PATCH]`; default `allow`',
  },
  conversion: {
    form: 'conversion',
    what: 'what it makes of objects as a conversion webhook: JSON patches by version, `{"v2": [JSON PATCH]}`; the apiVersion changes by itself',
  },
  'fail-exec': {
    form: 'text',
    what: 'commands that contain this text fail with 1 when they are run inside (hooks, exec probes)',
  },
  'start-error': { form: 'text', what: 'the command cannot be started, for this reason' },
  image: { form: 'image', what: '`missing`, `forbidden` or `slow`: how its registry answers' },
  'image-user': {
    form: 'user',
    what: 'the number of the user whom its image names, or 0; default 0 for images that are known to run as root',
  },
  'image-size': { form: 'quantity', what: 'what a pull of its image loads; default 50Mi' },
} as const satisfies Readonly<Record<string, { readonly form: string; readonly what: string }>>

export type BehaviourKey = keyof typeof behaviourKeys

export const knownKeys = Object.keys(behaviourKeys) as readonly BehaviourKey[]

/** Before a key on a pod's annotations. */
export const annotationPrefix = 'sim.knarr.dev/'
