// An operator as others write them, with controller-runtime: a kind of two versions that a webhook
// converts, webhooks that default and validate, owned objects, a status, and a finalizer.
package main

import (
	"context"
	"crypto/tls"
	"flag"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"knarr.dev/field/operator/site"
)

const finalizer = "field.knarr.dev/farewell"

type reconciler struct {
	client.Client
	scheme *runtime.Scheme
}

func (r *reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var s site.Site
	if err := r.Get(ctx, req.NamespacedName, &s); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !s.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.sayFarewell(ctx, &s)
	}
	if controllerutil.AddFinalizer(&s, finalizer) {
		if err := r.Update(ctx, &s); err != nil {
			return ctrl.Result{}, err
		}
	}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: s.Name, Namespace: s.Namespace}}
	if _, err := controllerutil.CreateOrUpdate(ctx, r.Client, deployment, func() error {
		labels := map[string]string{"site": s.Name}
		deployment.Spec.Replicas = s.Spec.Replicas
		deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
		deployment.Spec.Template.Labels = labels
		deployment.Spec.Template.Spec.Containers = []corev1.Container{{Name: "web", Image: s.Spec.Image}}
		return controllerutil.SetControllerReference(&s, deployment, r.scheme)
	}); err != nil {
		return ctrl.Result{}, err
	}
	s.Status.ObservedGeneration = s.Generation
	s.Status.Ready = deployment.Status.ReadyReplicas
	condition := metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Waiting", ObservedGeneration: s.Generation}
	if s.Status.Ready == *s.Spec.Replicas {
		condition.Status, condition.Reason = metav1.ConditionTrue, "AllReady"
	}
	meta.SetStatusCondition(&s.Status.Conditions, condition)
	return ctrl.Result{}, r.Status().Update(ctx, &s)
}

// sayFarewell leaves a note that is owned by nobody, and lets the site go.
func (r *reconciler) sayFarewell(ctx context.Context, s *site.Site) error {
	note := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "farewell-" + s.Name, Namespace: s.Namespace}}
	if _, err := controllerutil.CreateOrUpdate(ctx, r.Client, note, func() error {
		note.Data = map[string]string{"domain": s.Spec.Domain}
		return nil
	}); err != nil {
		return err
	}
	controllerutil.RemoveFinalizer(s, finalizer)
	return client.IgnoreNotFound(r.Update(ctx, s))
}

func run() error {
	port := flag.Int("port", 9443, "where the webhooks listen")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextv1.AddToScheme, site.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	serving, authority, err := certificate()
	if err != nil {
		return err
	}
	config := ctrl.GetConfigOrDie()
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	if err := install(ctx, direct, *port, authority); err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:           scheme,
		Metrics:          metricsserver.Options{BindAddress: "0"},
		LeaderElection:   true,
		LeaderElectionID: "sites.field.knarr.dev", LeaderElectionNamespace: "default",
		LeaderElectionReleaseOnCancel: true,
		WebhookServer: webhook.NewServer(webhook.Options{
			Host: "127.0.0.1", Port: *port,
			TLSOpts: []func(*tls.Config){func(c *tls.Config) {
				c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &serving, nil }
			}},
		}),
	})
	if err != nil {
		return err
	}
	if err := ctrl.NewControllerManagedBy(manager).For(&site.Site{}).Owns(&appsv1.Deployment{}).
		Complete(&reconciler{Client: manager.GetClient(), scheme: scheme}); err != nil {
		return err
	}
	if err := ctrl.NewWebhookManagedBy(manager, &site.Site{}).
		WithDefaulter(defaults{}).WithValidator(validation{}).Complete(); err != nil {
		return err
	}
	return manager.Start(ctx)
}

func main() {
	if err := run(); err != nil {
		ctrl.Log.Error(err, "the operator ends")
		panic(err)
	}
}
