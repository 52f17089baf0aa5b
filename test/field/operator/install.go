package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"knarr.dev/field/operator/site"
)

// certificate makes one for this machine, which is its own authority, and its PEM.
func certificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority, nil
}

func object(properties map[string]apiextv1.JSONSchemaProps, required ...string) apiextv1.JSONSchemaProps {
	return apiextv1.JSONSchemaProps{Type: "object", Properties: properties, Required: required}
}

func version(name string, stored bool, domain, replicas string) apiextv1.CustomResourceDefinitionVersion {
	text, number := apiextv1.JSONSchemaProps{Type: "string"}, apiextv1.JSONSchemaProps{Type: "integer", Format: "int32"}
	keep := true
	status := apiextv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: &keep}
	spec := object(map[string]apiextv1.JSONSchemaProps{domain: text, "image": text, replicas: number}, domain)
	all := object(map[string]apiextv1.JSONSchemaProps{"spec": spec, "status": status}, "spec")
	return apiextv1.CustomResourceDefinitionVersion{
		Name: name, Served: true, Storage: stored,
		Schema:       &apiextv1.CustomResourceValidation{OpenAPIV3Schema: &all},
		Subresources: &apiextv1.CustomResourceSubresources{Status: &apiextv1.CustomResourceSubresourceStatus{}},
	}
}

// install defines the kind and registers the webhooks, which are at a URL of this machine.
func install(ctx context.Context, c client.Client, port int, authority []byte) error {
	at := func(path string) *string {
		url := fmt.Sprintf("https://127.0.0.1:%d%s", port, path)
		return &url
	}
	definition := &apiextv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "sites." + site.Group},
		Spec: apiextv1.CustomResourceDefinitionSpec{
			Group:    site.Group,
			Scope:    apiextv1.NamespaceScoped,
			Names:    apiextv1.CustomResourceDefinitionNames{Plural: "sites", Singular: "site", Kind: "Site", ListKind: "SiteList"},
			Versions: []apiextv1.CustomResourceDefinitionVersion{version("v1", true, "domain", "replicas"), version("v1beta1", false, "host", "count")},
			Conversion: &apiextv1.CustomResourceConversion{
				Strategy: apiextv1.WebhookConverter,
				Webhook: &apiextv1.WebhookConversion{
					ConversionReviewVersions: []string{"v1"},
					ClientConfig:             &apiextv1.WebhookClientConfig{URL: at("/convert"), CABundle: authority},
				},
			},
		},
	}
	if err := c.Create(ctx, definition); err != nil {
		return err
	}
	none, fail := admissionv1.SideEffectClassNone, admissionv1.Fail
	rules := func(operations ...admissionv1.OperationType) []admissionv1.RuleWithOperations {
		rule := admissionv1.Rule{APIGroups: []string{site.Group}, APIVersions: []string{"v1"}, Resources: []string{"sites"}}
		return []admissionv1.RuleWithOperations{{Operations: operations, Rule: rule}}
	}
	hook := func(path string) admissionv1.WebhookClientConfig {
		return admissionv1.WebhookClientConfig{URL: at(path), CABundle: authority}
	}
	mutating := &admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "sites"},
		Webhooks: []admissionv1.MutatingWebhook{{
			Name: "default." + site.Group, ClientConfig: hook("/mutate-field-knarr-dev-v1-site"),
			Rules:       rules(admissionv1.Create, admissionv1.Update),
			SideEffects: &none, FailurePolicy: &fail, AdmissionReviewVersions: []string{"v1"},
		}},
	}
	validating := &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "sites"},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "validate." + site.Group, ClientConfig: hook("/validate-field-knarr-dev-v1-site"),
			Rules:       rules(admissionv1.Create, admissionv1.Update, admissionv1.Delete),
			SideEffects: &none, FailurePolicy: &fail, AdmissionReviewVersions: []string{"v1"},
		}},
	}
	if err := c.Create(ctx, mutating); err != nil {
		return err
	}
	return c.Create(ctx, validating)
}
