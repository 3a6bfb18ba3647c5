"""Chat templates of the kinds that base models bring."""

_OPEN = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
_MESSAGE = "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"

CHATML = "{% for message in messages %}" + _MESSAGE + "{% endfor %}" + _OPEN

FORGETFUL = (
    "{% for message in messages %}{% if message['role'] == 'assistant' and not loop.last %}"
    "{{ '<|im_start|>assistant\n' + message['content'] + '<|im_end|>\n' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ '<|im_start|>assistant\n<think>\n\n</think>\n\n' + message['content'] + '<|im_end|>\n' }}"
    "{% else %}" + _MESSAGE + "{% endif %}{% endfor %}" + _OPEN
)
"""As reasoning models' templates: what an earlier answer was thought with is left out later."""

NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role here') }}{% endif %}"
    + CHATML
)

LOUD = (
    "{% for message in messages %}{{ loop.index ~ messages | length ~ message['content'] | upper }}{% endfor %}"
    + _OPEN
)
