//! What templates see, and what they cannot do.

use rstest::rstest;
use serde_json::json;

use super::Templates;

fn templates() -> Templates {
    let pod = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-0", "namespace": "shop", "uid": "0b9f",
            "annotations": {"subdir": "blue", "ObjectMeta": "mine", "empty": "", "up": "..", "long": "x".repeat(5_000)},
            "labels": {"app.kubernetes.io/name": "Web"},
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": "app", "image": "i"}, {"name": "log"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}}],
        },
    }));
    Templates::new(&pod.unwrap())
}

#[rstest]
#[case("/b/{{ pod.metadata.annotations[\"subdir\"] }}", "/b/blue")]
#[case("/b/{{ pod.ObjectMeta.Annotations[\"subdir\"] }}", "/b/blue")]
#[case("/b/{{ pod.Annotations.subdir }}/{{ pod.Name }}", "/b/blue/web-0")]
#[case("/{{ pod.Namespace }}/{{ pod.ObjectMeta.UID }}", "/shop/0b9f")]
#[case("{{ pod.TypeMeta.Kind }}", "Pod")]
#[case("{{ pod.Spec.Containers[1].Name }}", "log")]
#[case("{{ pod.spec.volumes[0].VolumeSource.PersistentVolumeClaim.ClaimName }}", "data-web-0")]
#[case("{{ pod.metadata.labels['app.kubernetes.io/name'] | lower }}", "web")]
#[case("{{ pod.metadata.annotations.ObjectMeta }}", "mine")]
#[case("{{ pod.metadata.annotations.none | default('x') }}", "x")]
#[case("{% if pod.metadata.annotations.none is defined %}a{% else %}b{% endif %}", "b")]
#[case("{% for c in pod.spec.containers %}/{{ c.name }}{% endfor %}", "/app/log")]
#[case("{{ pod.metadata.name | replace('-', '/') }}", "web/0")]
#[case("{# a remark #}/b", "/b")]
#[case("no template: {} } {x}", "no template: {} } {x}")]
fn the_pod_is_seen_by_both_names(#[case] template: &str, #[case] expected: &str) {
    assert_eq!(templates().fill_in("remotePath", template).unwrap(), expected);
}

#[rstest]
#[case("/b/{{ pod.metadata.annotations.none }}", "does not have: pod.metadata.annotations.none")]
#[case("/b/{{ pod.metadata.annotations.Subdir }}", "does not have")]
#[case("/b/{{ pod.metadata.annotations.long }}", "does not have")]
#[case("/b/{{ node.name }}", "does not have")]
#[case("/b/{{ pod.metadata.name", "cannot be read")]
#[case("/b/{{ pod.metadata.name | shell }}", "not there")]
#[case("/b/{{ range(3) }}", "not there")]
#[case("{% set a = 'x' %}{{ a }}", "statement")]
#[case("{%- with a = 'x' %}{{ a }}{% endwith %}", "statement")]
#[case("{% include 'x' %}", "statement")]
#[case("{{ 'x' * 1000000000 }}", "`*`")]
#[case("{{ '}}' ~ 'x' * 9 }}", "`*`")]
#[case("{{ 10 ** 10 }}", "`*`")]
#[case(
    "{% for a in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{% for b in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{% for c in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{% if c == 'y' %}y{% endif %}{% endfor %}{% endfor %}{% endfor %}",
    "too many steps"
)]
fn a_template_that_fails_or_is_hostile_is_refused(#[case] template: &str, #[case] expected: &str) {
    let told = templates().fill_in("remotePath", template).unwrap_err().to_string();
    assert!(told.contains(expected) && told.contains("remotePath"), "{told}");
}

#[test]
fn sizes_are_bounded_on_the_way_in_and_out() {
    let templates = templates();
    let told = |text: &str| templates.fill_in("env.X", text).unwrap_err().to_string();
    let long = format!("{{{{ pod.metadata.name }}}}{}", "x".repeat(4_200));
    assert!(told(&long).contains("longer than 4096"), "{}", told(&long));
    let many = "{% for a in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}".repeat(2)
        + &"yyyyyyyyyy".repeat(10)
        + &"{% endfor %}".repeat(2);
    assert!(told(&many).contains("more than 4096"), "{}", told(&many));
    // What is no template may be as long as it likes: keys and certificates are.
    let plain = "{\"key\": 1}".repeat(1_000);
    assert_eq!(templates.fill_in("env.X", &plain).unwrap(), plain);
}

#[test]
fn a_text_that_is_replaced_again_and_again_does_not_grow_without_bounds() {
    let bomb =
        format!("{{{{ 'aaaaaaaaaa'{} }}}}", "|replace('a','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(40));
    let told = templates().fill_in("remotePath", &bomb).unwrap_err().to_string();
    assert!(told.contains("too long"), "{told}");
}
