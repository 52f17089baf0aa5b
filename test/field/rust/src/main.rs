//! An operator as others write them, with kube-rs: it defines its kind by server-side apply, owns a ConfigMap,
//! applies a status, and says farewell by a finalizer.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::StreamExt;
use k8s_openapi::{
    api::core::v1::ConfigMap,
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, CustomResource, CustomResourceExt, Resource, ResourceExt,
    api::{Patch, PatchParams},
    runtime::{
        controller::{Action, Controller},
        finalizer::{Event, finalizer},
        wait::{await_condition, conditions},
        watcher,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(CustomResource, Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[kube(group = "field.knarr.dev", version = "v1", kind = "Poem", namespaced, status = "PoemStatus")]
struct PoemSpec {
    /// Its first line.
    line: String,
    #[serde(default)]
    verses: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
struct PoemStatus {
    letters: usize,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Kube(#[from] kube::Error),
    #[error("finalizer: {0}")]
    Finalizer(#[from] Box<kube::runtime::finalizer::Error<kube::Error>>),
}

fn note(name: String, poem: &Poem, owned: bool) -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some(name);
    map.data = Some(BTreeMap::from([("line".into(), poem.spec.line.clone())]));
    if owned {
        map.metadata.owner_references = poem.controller_owner_ref(&()).map(|owner| vec![owner]);
    }
    map
}

async fn reconcile(poem: Arc<Poem>, client: Arc<Client>) -> Result<Action, Failure> {
    let namespace = poem.namespace().unwrap_or_default();
    let poems: Api<Poem> = Api::namespaced((*client).clone(), &namespace);
    let maps: Api<ConfigMap> = Api::namespaced((*client).clone(), &namespace);
    let by = PatchParams::apply("field-kube-rs").force();
    let done = finalizer(&poems, "field.knarr.dev/kube-rs", poem, |event| async {
        match event {
            Event::Apply(poem) => {
                let name = format!("poem-{}", poem.name_any());
                maps.patch(&name, &by, &Patch::Apply(note(name.clone(), &poem, true))).await?;
                let status = json!({
                    "apiVersion": "field.knarr.dev/v1", "kind": "Poem",
                    "status": { "letters": poem.spec.line.len() },
                });
                poems.patch_status(&poem.name_any(), &by, &Patch::Apply(status)).await?;
                Ok(Action::await_change())
            }
            Event::Cleanup(poem) => {
                let name = format!("farewell-{}", poem.name_any());
                maps.patch(&name, &by, &Patch::Apply(note(name.clone(), &poem, false))).await?;
                Ok(Action::await_change())
            }
        }
    })
    .await;
    done.map_err(|error| Failure::Finalizer(Box::new(error)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::try_default().await?;
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let name = "poems.field.knarr.dev";
    let by = PatchParams::apply("field-kube-rs").force();
    definitions.patch(name, &by, &Patch::Apply(Poem::crd())).await?;
    await_condition(definitions, name, conditions::is_crd_established()).await?;
    let poems: Api<Poem> = Api::default_namespaced(client.clone());
    let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    eprintln!("watching");
    Controller::new(poems, watcher::Config::default().streaming_lists())
        .owns(maps, watcher::Config::default())
        .shutdown_on_signal()
        .run(
            reconcile,
            |_, error, _| {
                eprintln!("failed: {error}");
                Action::requeue(Duration::from_millis(200))
            },
            Arc::new(client),
        )
        .for_each(|_| async {})
        .await;
    Ok(())
}
