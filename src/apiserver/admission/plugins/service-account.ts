import {
  type Container,
  type Pod,
  type PodSpec,
  pods,
  type ServiceAccount,
  serviceAccounts,
  type Volume,
} from '#api'
import { type Clock, type Random, randomInt } from '#lib'
import { type KubeObject, randomSuffix } from '#machinery'
import { podRefersToAnySecret } from '../../authz/node-references.ts'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { isAbout, objectAs, refuse } from '../attributes.ts'

const defaultAccount = 'default'
const mirrorAnnotation = 'kubernetes.io/config.mirror'
const volumePrefix = 'kube-api-access-'
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
/** How often, and after how long, the default account of a new namespace is looked for. */
const attempts = 10
const shortestWaitMs = 100

/**
 * Every pod runs as a service account and finds its token (upstream: the ServiceAccount plugin).
 * The default account of a namespace that was just made is waited for.
 */
export function serviceAccountAdmission(clock: Clock, random: Random): Admission {
  return {
    name: 'ServiceAccount',
    handles: (attributes) => attributes.verb === 'create' && isAbout(attributes, pods),
    async mutate(attributes, context) {
      const pod = objectAs<Pod>(attributes.object)
      if (isMirror(pod)) return pod
      const name = pod.spec?.serviceAccountName || defaultAccount
      const account = await findAccount(attributes, name, context, { clock, random })
      const spec = withAccount(pod.spec ?? { containers: [] }, name, account)
      if (!mountsToken(pod, account)) return { ...pod, spec } as KubeObject
      return { ...pod, spec: withToken(spec, random) } as KubeObject
    },
    validate(attributes) {
      const pod = objectAs<Pod>(attributes.object ?? {})
      if (isMirror(pod)) checkMirror(pod, attributes)
    },
  }
}

function isMirror({ metadata }: Pod): boolean {
  return metadata?.annotations?.[mirrorAnnotation] !== undefined
}

function checkMirror(pod: Pod, attributes: AdmissionAttributes): void {
  if (pod.spec?.serviceAccountName) {
    throw refuse(attributes, 'a mirror pod may not reference service accounts')
  }
  if (podRefersToAnySecret(pod)) throw refuse(attributes, 'a mirror pod may not reference secrets')
  const projects = pod.spec?.volumes?.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
  )
  if (projects) {
    throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections')
  }
}

interface Waiting {
  readonly clock: Clock
  readonly random: Random
}

async function findAccount(
  attributes: AdmissionAttributes,
  name: string,
  { objects, signal }: AdmissionContext,
  { clock, random }: Waiting,
): Promise<ServiceAccount> {
  const { namespace } = attributes
  const waitMs = shortestWaitMs + randomInt(random, shortestWaitMs)
  const tries = name === defaultAccount ? attempts : 1
  for (let i = 0; i < tries; i++) {
    if (i > 0) await clock.sleep(waitMs, signal)
    const account = objects.get(serviceAccounts, { namespace, name })
    if (account) return account
  }
  throw refuse(
    attributes,
    `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
  )
}

function withAccount(spec: PodSpec, name: string, account: ServiceAccount): PodSpec {
  const named = { ...spec, serviceAccountName: name, serviceAccount: name }
  if (spec.imagePullSecrets?.length || !account.imagePullSecrets?.length) return named
  return { ...named, imagePullSecrets: account.imagePullSecrets }
}

function mountsToken({ spec }: Pod, account: ServiceAccount): boolean {
  return spec?.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
}

function withToken(spec: PodSpec, random: Random): PodSpec {
  const present = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix))
  const name = present?.name ?? freeName(spec, random)
  const containers = spec.containers.map((container) => withMount(container, name))
  const initContainers = spec.initContainers?.map((container) => withMount(container, name))
  const isUsed =
    containers.some((container, i) => container !== spec.containers[i]) ||
    initContainers?.some((container, i) => container !== spec.initContainers?.[i])
  if (!isUsed) return spec
  return {
    ...spec,
    containers,
    ...(initContainers && { initContainers }),
    ...(!present && { volumes: [...(spec.volumes ?? []), tokenVolume(name)] }),
  }
}

function freeName(spec: PodSpec, random: Random): string {
  const name = `${volumePrefix}${randomSuffix(random)}`
  return spec.volumes?.some((volume) => volume.name === name) ? freeName(spec, random) : name
}

function withMount(container: Container, name: string): Container {
  const mounts = container.volumeMounts ?? []
  if (mounts.some((mount) => mount.mountPath === mountPath)) return container
  return { ...container, volumeMounts: [...mounts, { name, readOnly: true, mountPath }] }
}

function tokenVolume(name: string): Volume {
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' }
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
      ],
      defaultMode: 420,
    },
  }
}
