import type { KubeObject, ResourceRef, Stored } from '#machinery'

/**
 * What plugins write by themselves. Such a write passes all stages as that of a client does, in the name
 * of the API server (upstream: a client over the loopback connection).
 */
export interface ServerWriter {
  /**
   * Replaces the status of the stored object whose revision is given.
   * @throws StatusError: a conflict when the object has been written since.
   */
  updateStatus<T extends KubeObject>(resource: ResourceRef<T>, object: Stored<T>): Promise<void>
}
