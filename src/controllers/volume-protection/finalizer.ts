import type { Client } from '#client'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import { isNotFound } from '#machinery/status'

/** Whether an object is to be deleted and waits for a finalizer. */
export function isLeavingWith({ metadata }: Stored<KubeObject>, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && !!metadata.finalizers?.includes(finalizer)
}

/** Whether an object stays and has been made before anybody gave it the finalizer. */
export function lacksProtection({ metadata }: Stored<KubeObject>, finalizer: string): boolean {
  return metadata.deletionTimestamp === undefined && !metadata.finalizers?.includes(finalizer)
}

/** Adds a finalizer to an object. */
export function addProtection<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<void> {
  const finalizers = [...(object.metadata.finalizers ?? []), finalizer]
  return updateFinalizers(client, resource, object, finalizers)
}

/** Removes a finalizer from an object, which goes if it was the last. */
export function removeProtection<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<void> {
  const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? []
  return updateFinalizers(client, resource, object, finalizers)
}

async function updateFinalizers<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  object: Stored<T>,
  finalizers: readonly string[],
): Promise<void> {
  try {
    await client.update(resource, { ...object, metadata: { ...object.metadata, finalizers } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
