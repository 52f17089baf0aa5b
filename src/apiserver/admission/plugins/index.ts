import type { Clock, Random } from '#lib'
import type { OwnedType } from '#machinery/apply'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { RbacAuthorizer } from '../../authz/rbac.ts'
import type { Served } from '../../served/served.ts'
import type { WebhookClient } from '../../webhooks/webhook-client.ts'
import type { Admission } from '../admission.ts'
import { createEquivalents } from '../matching/equivalents.ts'
import type { SchemaOf } from '../matching/versioned.ts'
import { mutatingPolicyAdmission } from '../policies/mutating.ts'
import { paramAccess } from '../policies/param-access.ts'
import { validatingPolicyAdmission } from '../policies/validating.ts'
import type { ServerWriter } from '../server-writer.ts'
import type { ConfigurationSource } from '../webhooks/configured.ts'
import { mutatingWebhookAdmission } from '../webhooks/mutating.ts'
import { validatingWebhookAdmission } from '../webhooks/validating.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './certificates/certificates.ts'
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node/restriction.ts'
import { type PodSecurityConfiguration, podSecurityDefaults } from './pod-security/configuration.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { priorityAdmission } from './priority.ts'
import type { LimitedResource } from './quota/charge.ts'
import { resourceQuotaAdmission } from './quota/resource-quota.ts'
import { rbacEscalation } from './rbac-escalation.ts'
import { runtimeClassAdmission } from './runtime-class.ts'
import { serviceAccountAdmission } from './service-account.ts'
import { storageInUse } from './storage-in-use.ts'
import { taintNodes } from './taint-nodes.ts'
import { terminatingKinds } from './terminating-kinds.ts'

/** What the standard plugins are made from. */
export interface AdmissionOptions extends ConfigurationSource {
  readonly clock: Clock
  readonly random: Random
  readonly rbac: RbacAuthorizer
  /** Decides on the verbs `escalate` and `bind`. */
  readonly authorizer: Authorizer
  /** Charges quotas. */
  readonly writer: ServerWriter
  /** Default: upstream's, by which nothing is asked for but what objects of the API do. */
  readonly podSecurity?: PodSecurityConfiguration
  readonly limitedResources?: readonly LimitedResource[]
  readonly served: Pick<Served, 'all' | 'find' | 'storedAs'>
  readonly schemaOf: SchemaOf
  readonly ownedTypeOf: (typeName: string) => OwnedType
  readonly webhooks: WebhookClient
}

/** The plugins in upstream's order, which is the order of execution. */
export function admissionPlugins(options: AdmissionOptions): readonly Admission[] {
  const { clock, random, rbac, authorizer, writer } = options
  const policies = { ...options, equivalents: createEquivalents(options.served) }
  const webhooks = { ...policies, client: options.webhooks, random: random.fork('reviews') }
  return [
    // What upstream refuses outside of admission, and before its validating plugins: nothing is charged then.
    rbacEscalation(rbac, authorizer),
    paramAccess(options),
    terminatingKinds,
    namespaceLifecycle(clock),
    limitRanger,
    serviceAccountAdmission(clock, random.fork('service-account')),
    nodeRestriction(authorizer),
    taintNodes,
    podSecurity(clock, options.podSecurity ?? podSecurityDefaults),
    priorityAdmission,
    defaultTolerations,
    defaultStorageClass,
    storageInUse,
    runtimeClassAdmission,
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    certificateSubjectRestriction,
    defaultIngressClass,
    mutatingPolicyAdmission(policies),
    mutatingWebhookAdmission(webhooks),
    validatingPolicyAdmission(policies),
    validatingWebhookAdmission(webhooks),
    resourceQuotaAdmission({ clock, writer, limited: options.limitedResources ?? [] }),
  ]
}
