import type { Node } from '#api'
import { deepEqual, goQuote } from '#machinery'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectAs, refuse } from '../../attributes.ts'
import { forbiddenLabels, modifiedLabels } from './labels.ts'

/** A kubelet changes its own Node alone, and nothing of it that would bring it other pods. */
export function checkNode(attributes: AdmissionAttributes, node: string): void {
  const draft = objectAs<Node>(attributes.object ?? {})
  const name = attributes.name || draft.metadata?.name || ''
  if (name !== node) {
    const [own, other] = [goQuote(node), goQuote(name)]
    throw refuse(attributes, `node ${own} is not allowed to modify node ${other}`)
  }
  const { verb, old } = attributes
  const fault =
    verb === 'create'
      ? faultOfNew(draft)
      : verb === 'update' && old
        ? faultOfUpdate(draft, objectAs<Node>(old))
        : undefined
  if (fault !== undefined)
    throw refuse(attributes, `node ${goQuote(node)} is not allowed to ${fault}`)
  if (verb !== 'update') return
  const labels = forbiddenLabels(modifiedLabels(draft.metadata?.labels, old?.metadata.labels))
  if (labels.length === 0) return
  throw refuse(attributes, `is not allowed to modify labels: ${labels.join(', ')}`)
}

function faultOfNew({ metadata, spec }: Node): string | undefined {
  if (spec?.configSource) return 'create pods with a non-nil configSource'
  const labels = forbiddenLabels(Object.keys(metadata?.labels ?? {}))
  return labels.length > 0 ? `set the following labels: ${labels.join(', ')}` : undefined
}

function faultOfUpdate({ metadata, spec }: Node, old: Node): string | undefined {
  if (spec?.configSource && !deepEqual(spec.configSource, old.spec?.configSource)) {
    return 'update configSource to a new non-nil configSource'
  }
  if (!deepEqual(spec?.taints ?? [], old.spec?.taints ?? [])) return 'modify taints'
  const isSameOwner = deepEqual(
    metadata?.ownerReferences ?? [],
    old.metadata?.ownerReferences ?? [],
  )
  return isSameOwner ? undefined : 'modify ownerReferences'
}
