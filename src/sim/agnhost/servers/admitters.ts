/** The part of an AdmissionReview that is read. */
export interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: AdmissionRequest
}

interface AdmissionRequest {
  readonly uid: string
  readonly name?: string
  readonly operation?: string
  readonly resource?: {
    readonly group?: string
    readonly version?: string
    readonly resource?: string
  }
  readonly subResource?: string
  readonly object?: Reviewed | null
  readonly oldObject?: Reviewed | null
}

/** What is read of an object that is reviewed. */
interface Reviewed {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: { readonly initContainers?: Containers; readonly containers?: Containers }
  readonly stdin?: boolean
  readonly container?: string
}

type Containers = readonly { readonly name: string }[]

interface AdmissionResponse {
  readonly allowed: boolean
  readonly status?: Readonly<Record<string, string | number>>
  /** JSON patches. */
  readonly patch?: readonly Readonly<Record<string, unknown>>[]
}

/** What an endpoint says of a request; `never`: it keeps the asker waiting. */
export type Admit = (request: AdmissionRequest, sidecarImage: string) => AdmissionResponse | 'never'

const allowed: AdmissionResponse = { allowed: true }

/** What the endpoints of the webhook say, by their paths. */
export const admitters: Readonly<Record<string, Admit>> = {
  '/always-allow-delay-5s': () => allowed,
  '/always-deny': () => denied({ message: 'this webhook denies all requests' }),
  '/add-label': addLabel,
  '/pods': admitPods,
  '/pods/attach': denyAttachment,
  '/mutating-pods': mutatePods,
  '/mutating-pods-sidecar': addSidecar,
  '/configmaps': (request) => {
    if (request.resource?.resource !== 'configmaps') return notOf('configmaps')
    return admitData(request, {
      disallowed: 'the configmap contains unwanted key and value',
      nondeletable: 'the configmap cannot be deleted because it contains unwanted key and value',
    })
  },
  '/mutating-configmaps': mutateData,
  '/custom-resource': (request) =>
    admitData(request, {
      disallowed: 'the custom resource contains unwanted data',
      nondeletable:
        'the custom resource cannot be deleted because it contains unwanted key and value',
    }),
  '/mutating-custom-resource': mutateData,
  '/crd': ({ object }) =>
    object?.metadata?.labels?.['webhook-e2e-test'] === 'webhook-disallow'
      ? denied({ message: 'the crd contains unwanted label' })
      : allowed,
}

function denied(status: NonNullable<AdmissionResponse['status']>): AdmissionResponse {
  return { allowed: false, status }
}

function notOf(resource: string): AdmissionResponse {
  return denied({ message: `expect resource to be {"" "v1" "${resource}"}` })
}

function addLabel({ object }: AdmissionRequest): AdmissionResponse {
  const labels = object?.metadata?.labels ?? {}
  const path = '/metadata/labels'
  if (Object.keys(labels).length === 0) {
    return { allowed: true, patch: [{ op: 'add', path, value: { 'added-label': 'yes' } }] }
  }
  const value = labels['added-label']
  if (value === 'yes') return allowed
  const op = value === undefined ? 'add' : 'replace'
  return { allowed: true, patch: [{ op, path: `${path}/added-label`, value: 'yes' }] }
}

function admitPods({ resource, object }: AdmissionRequest): AdmissionResponse | 'never' {
  if (resource?.resource !== 'pods') return notOf('pods')
  const label = object?.metadata?.labels?.['webhook-e2e-test']
  if (label === 'wait-forever') return 'never'
  const containers = object?.spec?.containers ?? []
  const faults = [
    ...(label === 'webhook-disallow' ? ['the pod contains unwanted label;'] : []),
    ...containers
      .filter(({ name }) => name.includes('webhook-disallow'))
      .map(() => 'the pod contains unwanted container name;'),
  ]
  return faults.length === 0 ? allowed : denied({ message: faults.join(' ') })
}

function denyAttachment({ name, object }: AdmissionRequest): AdmissionResponse {
  const isMeant =
    name === 'to-be-attached-pod' && object?.stdin && object.container === 'container1'
  if (!isMeant) return allowed
  return denied({ message: "attaching to pod 'to-be-attached-pod' is not allowed" })
}

function mutatePods({ object }: AdmissionRequest): AdmissionResponse {
  const name = 'webhook-added-init-container'
  const isMeant = object?.metadata?.name === 'webhook-to-be-mutated'
  if (!isMeant || object?.spec?.initContainers?.some((each) => each.name === name)) return allowed
  const value = [{ image: 'webhook-added-image', name, resources: {} }]
  return { allowed: true, patch: [{ op: 'add', path: '/spec/initContainers', value }] }
}

function addSidecar({ object }: AdmissionRequest, image: string): AdmissionResponse {
  if (image === '') {
    const message = 'No image specified by the sidecar-image parameter'
    return denied({ status: 'Failure', message, code: 500 })
  }
  const name = 'webhook-added-sidecar'
  if (object?.spec?.containers?.some((each) => each.name === name)) return allowed
  const value = { image, name, resources: {} }
  return { allowed: true, patch: [{ op: 'add', path: '/spec/containers/-', value }] }
}

interface Refusals {
  readonly disallowed: string
  readonly nondeletable: string
}

function admitData(
  { operation, object, oldObject }: AdmissionRequest,
  { disallowed, nondeletable }: Refusals,
): AdmissionResponse {
  const isDelete = operation === 'DELETE'
  const value = (isDelete ? oldObject : object)?.data?.['webhook-e2e-test']
  if (isDelete && value === 'webhook-nondeletable') return denied({ reason: nondeletable })
  if (!isDelete && value === 'webhook-disallow') return denied({ reason: disallowed })
  return allowed
}

function mutateData({ object }: AdmissionRequest): AdmissionResponse {
  const data = object?.data ?? {}
  const stage = data['mutation-stage-1'] === 'yes' ? 2 : data['mutation-start'] === 'yes' ? 1 : 0
  if (stage === 0) return allowed
  const path = `/data/mutation-stage-${stage}`
  return { allowed: true, patch: [{ op: 'add', path, value: 'yes' }] }
}
