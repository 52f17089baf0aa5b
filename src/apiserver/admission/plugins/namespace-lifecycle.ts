import { type Namespace, namespaces } from '#api'
import type { Clock } from '#lib'
import type { Stored } from '#machinery'
import { forbidden, notFound, StatusError } from '#machinery/status'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { refuse } from '../attributes.ts'

/** Namespaces that a cluster cannot do without. kube-node-lease may go, as upstream has it. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])
/** How long a namespace may take to reach the cache after it was made. */
const missingMs = 50
const stepMs = 10

/** Nothing comes into a namespace that does not exist or is being terminated. */
export function namespaceLifecycle(clock: Clock): Admission {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ verb }) => verb !== 'connect',
    // Before all others change anything: whatever they might say, this is what is wrong.
    mutate(attributes, context) {
      const { namespace, object } = attributes
      if (namespace === '' || isNamespace(attributes) || isAccessReview(attributes)) return object
      const check = (found: Stored<Namespace> | undefined) => {
        if (!found) throw notFound(namespaces, namespace)
        if (attributes.verb === 'create' && isTerminating(found)) throw terminating(attributes)
        return object
      }
      const found = context.objects.get(namespaces, { name: namespace })
      return found ? check(found) : untilFound(namespace, context, clock).then(check)
    },
    validate(attributes) {
      const { verb, resource, name } = attributes
      if (verb !== 'delete' || !isNamespace(attributes) || !immortal.has(name)) return
      throw forbidden(resource, name, 'this namespace may not be deleted')
    },
  }
}

function isNamespace({ resource }: AdmissionAttributes): boolean {
  return resource.group === '' && resource.plural === 'namespaces'
}

/** Whether access would be granted may be asked of namespaces that are yet to come. */
function isAccessReview({ resource }: AdmissionAttributes): boolean {
  return (
    resource.group === 'authorization.k8s.io' && resource.plural === 'localsubjectaccessreviews'
  )
}

async function untilFound(name: string, { objects, signal }: AdmissionContext, clock: Clock) {
  let found: Stored<Namespace> | undefined
  for (let waitedMs = 0; !found && waitedMs < missingMs; waitedMs += stepMs) {
    await clock.sleep(stepMs, signal)
    found = objects.get(namespaces, { name })
  }
  return found
}

function isTerminating({ status, metadata }: Stored<Namespace>): boolean {
  return status?.phase === 'Terminating' || metadata.deletionTimestamp !== undefined
}

function terminating(attributes: AdmissionAttributes): StatusError {
  const { namespace } = attributes
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const { code, reason, message, details } = refuse(attributes, why)
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  return new StatusError({ code, reason, message, details: { ...details, causes: [cause] } })
}
