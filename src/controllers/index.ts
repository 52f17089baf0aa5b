import { admissionPolicyStatusController } from './admission-policy-status/controller.ts'
import { apiServiceController } from './api-service/controller.ts'
import { certificateApprovingController } from './certificates/approving.ts'
import { certificateCleanerController } from './certificates/cleaner.ts'
import { type CertificateSigner, certificateSigningController } from './certificates/signing.ts'
import { clusterRoleAggregationController } from './cluster-role-aggregation/controller.ts'
import { cronJobController } from './cronjob/controller.ts'
import { customResourceControllers } from './custom-resource-definition/index.ts'
import { daemonSetController } from './daemonset/controller.ts'
import { deploymentController } from './deployment/controller.ts'
import { deviceTaintEvictionController } from './device-taint-eviction/controller.ts'
import { disruptionController } from './disruption/controller.ts'
import { endpointSliceController } from './endpoint-slice/controller.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/controller.ts'
import { endpointsController } from './endpoints/controller.ts'
import { flowControlController } from './flow-control/controller.ts'
import { garbageCollector } from './garbage/controller.ts'
import { ipAddressRepairController } from './ip-address-repair/controller.ts'
import { jobController } from './job/controller.ts'
import { namespaceController } from './namespace/controller.ts'
import { nodeIpamController } from './node-ipam/controller.ts'
import {
  type NodeLifecycleOptions,
  nodeLifecycleController,
  nodeLifecycleDefaults,
} from './node-lifecycle/controller.ts'
import { podGarbageCollector } from './pod-gc/controller.ts'
import { replicaSetController, replicationController } from './replicaset/controller.ts'
import { resourceClaimController } from './resource-claim/controller.ts'
import { resourceQuotaController } from './resource-quota/controller.ts'
import { rootCaController } from './root-ca/controller.ts'
import type { Controller } from './runner/controller.ts'
import { serviceAccountController } from './service-account/controller.ts'
import { serviceCidrController } from './service-cidr/controller.ts'
import { type ServiceLbOptions, serviceLbController } from './service-lb/controller.ts'
import { statefulSetController } from './statefulset/controller.ts'
import { taintEvictionController } from './taint-eviction/controller.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/controller.ts'
import { pvcProtectionController } from './volume-protection/claims.ts'
import { pvProtectionController } from './volume-protection/volumes.ts'

export type { CertificateSigner, CertificateTerms } from './certificates/signing.ts'
export { requireParts } from './node-ipam/plan.ts'
export {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type PolicyRule,
  type ReconcileContext,
  type WatchedResource,
  watching,
} from './runner/controller.ts'
export { type ControllerWorld, runControllers } from './runner/runner.ts'
export { type AddressRange, overlap, parseAddressRange } from './service-lb/pool.ts'

/** What the controllers of a cluster need to know of it (upstream: flags of kube-controller-manager). */
export interface ControllersOptions {
  readonly nodeLifecycle?: Partial<NodeLifecycleOptions>
  /** The pods' networks, one for each family, of which nodes get their parts. */
  readonly clusterCidrs: readonly string[]
  /** PEM of the authority that the API server's certificate is signed by. */
  readonly rootCertificate: string
  /** Default: the addresses of the nodes. */
  readonly loadBalancer?: ServiceLbOptions
  /** Signs certificates for whoever is approved; without one nobody does. */
  readonly signer?: CertificateSigner
}

/** Every controller; to add one is a folder and a line here. */
export function controllers(options: ControllersOptions): readonly Controller[] {
  return [
    namespaceController,
    ...customResourceControllers,
    admissionPolicyStatusController,
    apiServiceController,
    clusterRoleAggregationController,
    serviceAccountController,
    rootCaController(options.rootCertificate),
    flowControlController,
    certificateApprovingController,
    ...(options.signer ? [certificateSigningController(options.signer)] : []),
    certificateCleanerController,
    deploymentController,
    replicaSetController,
    replicationController,
    statefulSetController,
    daemonSetController,
    jobController,
    cronJobController,
    ttlAfterFinishedController,
    disruptionController,
    serviceCidrController,
    ipAddressRepairController,
    endpointsController,
    endpointSliceController,
    endpointSliceMirroringController,
    serviceLbController(options.loadBalancer ?? { pool: [], reservedPorts: [] }),
    nodeIpamController(options.clusterCidrs),
    nodeLifecycleController({ ...nodeLifecycleDefaults, ...options.nodeLifecycle }),
    taintEvictionController,
    deviceTaintEvictionController,
    podGarbageCollector,
    resourceClaimController,
    resourceQuotaController,
    pvcProtectionController,
    pvProtectionController,
    garbageCollector,
  ]
}
